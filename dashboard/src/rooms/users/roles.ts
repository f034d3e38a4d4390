import type {Role} from '../../api/types';

export interface RoleChoice {
  name: Role;
  may: string;
}

export const OPERATOR_ROLES: RoleChoice[] = [
  {name: 'analyst', may: 'sees customers and risk, manages models'},
  {name: 'sre', may: 'sees how the system runs, sends events'},
  {name: 'operator_admin', may: 'everything'},
];

export const TENANT_ROLES: RoleChoice[] = [
  {name: 'scientist', may: 'works with data and jobs'},
  {name: 'tenant_admin', may: 'the same, and manages users and keys'},
];
