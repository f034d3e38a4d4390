"""The page's sources as svelte-check sees them: TypeScript strict, accessibility, unused styles.

The types of the API's answers are made from api/openapi.yaml before, so that a page which reads
what the contract does not promise is found here.
"""
import json
import re
import subprocess
import sys

from repository import Problem, run_alone

_DIAGNOSTIC = re.compile(r'^\d+ (?:ERROR|WARNING) ("(?:[^"\\]|\\.)*") (\d+):\d+ (".*")$')


def problems_of(output):
    """The problems in what svelte-check prints for machines."""
    for line in output.splitlines():
        if found := _DIAGNOSTIC.match(line):
            yield Problem(f"dashboard/{json.loads(found[1])}", int(found[2]), json.loads(found[3]))


def check(repository):
    folder = repository.root / "dashboard"
    if not (folder / "package.json").exists():
        return []
    done = subprocess.run(["npm", "run", "--silent", "check"], cwd=folder, capture_output=True,
                          text=True, check=False)
    found = list(problems_of(done.stdout))
    if done.returncode != 0 and not found:
        found.append(Problem("dashboard", 0, "svelte-check failed: run npm run check there: "
                             + (done.stdout + done.stderr).strip()[-300:]))
    return found


if __name__ == "__main__":
    sys.exit(run_alone(check))
