"""A tenantry server as a test sees it: started, killed, restarted, spoken to over HTTP."""

import json
import os
import queue
import signal
import subprocess
import threading
import time

import requests

READY_SECONDS = 30


class Server:
    def __init__(self, binary, folder, arguments=(), environment=None):
        self.binary, self.folder, self.arguments = binary, folder, arguments
        self.environment = environment or {}
        self.process = self.url = None
        self.session = requests.Session()

    def start(self):
        self.process = subprocess.Popen(
            [
                str(self.binary),
                "serve",
                "--data",
                str(self.folder),
                "--listen",
                "127.0.0.1:0",
                *self.arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment},
        )
        self.errors = []
        lines = queue.Queue()
        threading.Thread(
            target=self._read, args=(self.process.stdout, lines.put), daemon=True
        ).start()
        threading.Thread(
            target=self._read, args=(self.process.stderr, self.errors.append), daemon=True
        ).start()
        deadline = time.monotonic() + READY_SECONDS
        while self.url is None:
            try:
                line = lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError("not ready in time: " + "".join(self.errors))
            if line is None:
                raise AssertionError(f"ended with {self.process.wait()}: " + "".join(self.errors))
            if "http" in line:
                self.url = line[line.index("http") :].split()[0].rstrip("/")
        return self

    @staticmethod
    def _read(stream, put):
        for line in stream:
            put(line)
        if getattr(put, "__self__", None).__class__ is queue.Queue:
            put(None)

    def kill(self):
        """Ends the process at once, as a power cut would."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.url = None

    def stop(self):
        """Asks the process to drain and end; answers its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.url = None
        return code

    def restart(self):
        self.kill()
        self.start()
        return self

    def admin_password(self):
        return (self.folder / "admin_password").read_text().strip()

    def log_in(self):
        """The operator's bearer goes into every further request."""
        answer = self.post(
            "/api/v1/sessions", {"userID": "admin", "password": self.admin_password()}
        )
        assert answer.status_code == 201, answer.text
        self.session.headers["Authorization"] = "Bearer " + answer.json()["token"]
        return self

    def request(self, method, path, **options):
        return self.session.request(method, self.url + path, timeout=60, **options)

    def get(self, path, **params):
        return self.request("GET", path, params=params)

    def post(self, path, body=None, **options):
        return self.request("POST", path, json=body, **options)

    def send_events(self, lines):
        """Event texts as one NDJSON batch."""
        return self.request(
            "POST",
            "/api/v1/events",
            data="\n".join(lines).encode() + b"\n",
            headers={"Content-Type": "application/x-ndjson"},
        )

    def metric(self, name):
        """The sum of a metric over its labels."""
        total = 0.0
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(name + "{") or line.startswith(name + " "):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def wait_for(self, what, true, seconds=60):
        """Asks again until `true()` holds."""
        deadline = time.monotonic() + seconds
        waiting = threading.Event()
        while not true():
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
            waiting.wait(0.05)

    def wait_counted(self):
        """Until the analytics have read all that the log holds."""
        self.wait_for(
            "the analytics to catch up", lambda: self.metric("tenantry_activity_lag_records") == 0
        )

    def all(self, path, **params):
        """Every item of a list, page by page."""
        items, cursor = [], None
        while True:
            answer = self.get(path, limit=1000, **({"cursor": cursor} if cursor else {}), **params)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items += page["items"]
            cursor = page.get("next")
            if not cursor:
                return items


def load(lines):
    return [json.loads(line) for line in lines]
