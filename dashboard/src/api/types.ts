import type {components} from './schema';

type Schemas = components['schemas'];
export type Company = Schemas['Company'];
export type CompanyList = Schemas['CompanyList'];
export type CompanyHistory = Schemas['CompanyHistory'];
export type History = Schemas['History'];
export type HistoryDay = Schemas['HistoryDay'];
export type Summary = Schemas['Summary'];
export type IndustryTotals = Schemas['IndustryTotals'];
export type Risk = Schemas['Risk'];
export type Notification = Schemas['Notification'];
export type NotificationList = Schemas['NotificationList'];
export type Session = Schemas['CurrentSession'];
export type Role = Schemas['Role'];
export type User = Schemas['User'];
export type UserList = Schemas['UserList'];
export type TenantList = Schemas['TenantList'];
export type ProblemDetails = Schemas['Problem'];
