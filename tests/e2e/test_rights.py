"""Who may do what: every operation of the contract, by every role, in its own and another tenant"""

import re

import pytest
import requests

import test_contract

ROLES = ["operator_admin", "analyst", "sre", "tenant_admin", "scientist"]
EVERYBODY = (
    "getHealth getReadiness getMetrics getOpenApi getVersion logIn getTodayPage getSignInPage"
    " getCustomersPage getCustomerPage getJobsPage getJobPage getSubmitPage getDataPage"
    " getUsersPage getPageAsset getPageIcon"
).split()

# An operation to the roles that may, in the order of ROLES.
MAY = {
    "listTenants": "yyyyy",
    "createTenant": "y....",
    "countTenants": "yyyyy",
    "getTenant": "yyyyy",
    "replaceTenant": "y....",
    "updateTenant": "y....",
    "deleteTenant": "y....",
    "listTenantUsers": "y.yy.",
    "addTenantUser": "y..y.",
    "getTenantUser": "y.yy.",
    "updateTenantUser": "y..y.",
    "removeTenantUser": "y..y.",
    "listOperatorUsers": "y....",
    "addOperatorUser": "y....",
    "getOperatorUser": "y....",
    "updateOperatorUser": "y....",
    "removeOperatorUser": "y....",
    "listTenantKeys": "y.yy.",
    "createTenantKey": "y..y.",
    "revokeTenantKey": "y..y.",
    "listKeys": "y.yy.",
    "createKey": "y..y.",
    "revokeKey": "y..y.",
    "listDataSets": "yyyyy",
    "beginUpload": "...yy",
    "getUpload": "...yy",
    "listUploads": "...yy",
    "putUploadPart": "...yy",
    "deleteUpload": "...yy",
    "commitUpload": "...yy",
    "getDataSet": "yyyyy",
    "renameDataSet": "...yy",
    "deleteDataSet": "...yy",
    "queryData": "...yy",
    "listJobs": "yyyyy",
    "submitJob": "...yy",
    "dryRunJob": "...yy",
    "getJob": "yyyyy",
    "getJobLog": "yyyyy",
    "explainJob": "yyyyy",
    "cancelJob": "y.yyy",
    "resumeJob": "y.yyy",
    "getSession": "yyyyy",
    "logOff": "yyyyy",
    "changePassword": "yyyyy",
    "sendEvents": "y.yyy",
    "followStream": "yyyyy",
    "askQuestion": "yyyyy",
    "listCompanies": "yyyyy",
    "getCompany": "yyyyy",
    "getCompanyHistory": "yyyyy",
    "getHistory": "yyyyy",
    "getSummary": "yyyyy",
    "listNotifications": "yyyyy",
    "acknowledgeNotification": "yyy..",
    "listModels": "yyy..",
    "addModel": "yy...",
    "getModel": "yyy..",
    "promoteModel": "yy...",
    "rollBackModel": "yy...",
    "assessChurn": "yy...",
}


@pytest.fixture
def operator(running):
    one = running.log_in()
    for tenant in ("acme", "other"):
        created = one.post("/api/v1/tenants", {"tenantID": tenant, "name": tenant})
        assert created.status_code == 201, created.text
    return one


def bearer(operator, role):
    tenant = role in ("tenant_admin", "scientist")
    path = "/api/v1/tenants/acme/keys" if tenant else "/api/v1/keys"
    created = operator.post(path, {"kind": "bearer", "role": role})
    assert created.status_code == 201, created.text
    return {"Authorization": "Bearer " + created.json()["secret"]}


def ask(operator, method, path, tenant, headers):
    """No body is sent and nothing is under the ids: also who may ask changes nothing."""
    path = path.replace("{tenantID}", tenant).replace("{stream}", "companies")
    path = re.sub(r"\{\w+\}", "1", path)
    with requests.request(
        method, operator.url + path, headers=headers, stream=True, timeout=30
    ) as answer:
        told = "" if method == "GET" and "/streams/" in path else answer.text
        return answer.status_code, told


def without_deletion(operations):
    return {name: at for name, at in operations.items() if name != "deleteTenant"}


def test_every_role_may_what_the_table_says_and_nothing_else(operator):
    operations = test_contract.declared(operator.get("/api/v1/openapi.yaml").text)
    assert set(operations) == set(MAY) | set(EVERYBODY), "decide who may do what is new"
    bearers = {role: bearer(operator, role) for role in ROLES}
    for name, (method, path) in without_deletion(operations).items():
        for place, role in enumerate(ROLES):
            status, told = ask(operator, method, path, "acme", bearers[role])
            may = name in EVERYBODY or MAY[name][place] == "y"
            assert (status not in (401, 403)) == may, (name, role, status, told)
    for place, role in enumerate(ROLES[1:], start=1):
        status, _ = ask(operator, *operations["deleteTenant"], "acme", bearers[role])
        assert status == 403, role


def test_a_foreign_tenant_is_not_there_for_a_tenants_people(operator):
    operations = test_contract.declared(operator.get("/api/v1/openapi.yaml").text)
    of_tenants = {name: at for name, at in operations.items() if "{tenantID}" in at[1]}
    assert len(of_tenants) == 23
    for role in ("tenant_admin", "scientist"):
        headers = bearer(operator, role)
        for name, (method, path) in of_tenants.items():
            foreign = ask(operator, method, path, "other", headers)
            missing = ask(operator, method, path, "nobody", headers)
            assert foreign[0] == missing[0] == 404, (name, role, foreign, missing)
            assert "there is no tenant 'other'" in foreign[1], (name, role, foreign)


def test_without_a_credential_only_what_is_for_everybody_answers(operator):
    operations = test_contract.declared(operator.get("/api/v1/openapi.yaml").text)
    for headers in ({}, {"Authorization": "Bearer tk_wrong"}, {"Authorization": "Basic YTpi"}):
        for name, (method, path) in operations.items():
            status, told = ask(operator, method, path, "acme", headers)
            assert (status != 401) == (name in EVERYBODY), (name, headers, status, told)
