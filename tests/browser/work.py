"""A tenant's people at work: data sets of orders, and jobs in every state."""

import random

TENANT, SCIENTIST, PASSWORD = "acme", "ann", "long enough 1"
HOSTILE = "<img src=x onerror=globalThis.hacked=1> \u202eשלום " + "n" * 60


def step(name, kind, sql=None, **more):
    return {"name": name, "kind": kind, **({"sql": sql} if sql else {}), **more}


REVENUE = {
    "name": "Revenue by country and segment",
    "steps": [
        step("paid", "load", "SELECT * FROM orders WHERE state = 'paid'"),
        step("people", "load", "SELECT * FROM customers"),
        step(
            "joined",
            "transform",
            "SELECT day, country, amount, segment\nFROM paid JOIN people USING (customer)",
        ),
        step(
            "by_country",
            "process",
            "SELECT country, sum(amount) AS revenue, count(*) AS orders\n"
            "FROM joined GROUP BY country",
        ),
        step(
            "by_segment",
            "process",
            "SELECT segment, sum(amount) AS revenue FROM joined GROUP BY segment",
        ),
        step("keep_country", "persist", dataSet="revenue_by_country", after=["by_country"]),
        step("keep_segment", "persist", dataSet="revenue_by_segment", after=["by_segment"]),
    ],
}
FAILS = {
    "name": "Average basket",
    "steps": [
        step("paid", "load", "SELECT * FROM orders"),
        step("basket", "process", "SELECT avg(CAST(state AS INTEGER)) AS basket FROM paid"),
        step("keep", "persist", dataSet="basket", after=["basket"]),
    ],
}
ENDLESS = {
    "name": "All pairs of orders",
    "steps": [
        step(
            "pairs",
            "process",
            "SELECT sum(a.range + b.range + c.range) AS s\n"
            "FROM range(10000) a, range(10000) b, range(10000) c",
        )
    ],
}


def orders(count=5000):
    chance = random.Random(7)
    lines = ["order_id,day,customer,country,amount,state"]
    for at in range(count):
        lines.append(
            f"{at},2026-11-{1 + at % 28:02},{chance.randint(1, 300)},"
            f"{chance.choice(['DE', 'FR', 'JP', 'BR', 'US'])},{chance.randint(100, 90000) / 100},"
            f"{chance.choice(['paid', 'paid', 'paid', 'open', 'refunded'])}"
        )
    return "\n".join(lines) + "\n"


def customers(count=300):
    kinds = ["new", "loyal", "at risk"]
    lines = [f"{at},Customer {at},{kinds[at % 3]}" for at in range(1, count + 1)]
    return "\n".join(["customer,name,segment", *lines]) + "\n"


class Scientist:
    """Somebody of a tenant, with a session of their own."""

    def __init__(self, one, tenant, user, password):
        answer = one.post(
            "/api/v1/sessions", {"tenantID": tenant, "userID": user, "password": password}
        )
        assert answer.status_code == 201, answer.text
        self.server, self.tenant = one, tenant
        self.headers = {"Authorization": "Bearer " + answer.json()["token"]}

    def request(self, method, path, body=None, **options):
        headers = {**self.headers, **options.pop("headers", {})}
        answer = self.server.request(method, path, json=body, headers=headers, **options)
        assert answer.ok, answer.text
        return answer.json()

    def put(self, name, text):
        sets = f"/api/v1/tenants/{self.tenant}/datasets"
        begun = self.request("POST", sets, {"name": name, "format": "csv"})
        upload = f"{sets}/uploads/{begun['uploadID']}"
        self.request(
            "PUT",
            upload + "?offset=0",
            data=text.encode(),
            headers={"Content-Type": "application/octet-stream"},
        )
        self.request("POST", upload + "/commit")
        self.server.wait_for(
            f"{name} to be there", lambda: self.request("GET", upload)["state"] == "done"
        )

    def submit(self, spec):
        return self.request("POST", "/api/v1/jobs", spec)["jobID"]

    def cancel(self, which):
        """Cancels one of the server's jobs and waits until it has ended."""
        job = self.server.jobs[which]
        self.request("POST", f"/api/v1/jobs/{job}/cancel")
        self.server.wait_for("it to end", lambda: self.status(job) == "cancelled")

    def status(self, job):
        return self.request("GET", f"/api/v1/jobs/{job}")["status"]


def begin(one):
    made = one.post("/api/v1/tenants", {"tenantID": TENANT, "name": "Acme Outfitters"})
    assert made.status_code == 201, made.text
    person = {"userID": SCIENTIST, "role": "scientist", "password": PASSWORD}
    assert one.post(f"/api/v1/tenants/{TENANT}/users", person).status_code == 201
    analyst = {"userID": "bea", "role": "analyst", "password": PASSWORD}
    assert one.post("/api/v1/users", analyst).status_code == 201
    ann = one.ann = Scientist(one, TENANT, SCIENTIST, PASSWORD)
    ann.put("orders", orders())
    ann.put("customers", customers())
    one.jobs = {"succeeded": ann.submit(REVENUE), "failed": ann.submit(FAILS)}
    for status, job in one.jobs.items():
        one.wait_for(f"a job to be {status}", lambda: ann.status(job) == status)
    one.jobs["running"] = ann.submit(ENDLESS)
    one.wait_for("a job to run", lambda: ann.status(one.jobs["running"]) == "running")
    one.jobs["queued"] = ann.submit(REVENUE)
    one.jobs["hostile"] = ann.submit({**REVENUE, "name": HOSTILE})
    return one
