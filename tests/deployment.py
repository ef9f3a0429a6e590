"""`python -m tests.deployment`: Django's deployment checks on a production environment, and the compose file's sense."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "DATABASE_URL": "postgres://nextstop@db/nextstop",
    "REDIS_URL": "redis://redis/0",
    "SECRET_KEY": "ci-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "SITE_URL": "https://meet.example.org",
    "ALLOWED_HOSTS": "meet.example.org",
    "SMTP_HOST": "mail.example.org",
    "TRUSTED_PROXIES": "1",
}


def check_deploy() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, **PRODUCTION, "VAR_DIR": folder}
        command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        subprocess.run(command, cwd=ROOT, env=env, check=True)


def compose_problems() -> list[str]:
    """What in docker-compose.yml would not start or not hold: names, health, rights."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services, problems = compose["services"], []
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            if other not in services:
                problems.append(f"{name} depends on {other}, which does not exist")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith(".") and source not in compose["volumes"]:
                problems.append(f"{name} mounts {source}, which does not exist")
        if "build" in service and not service.get("read_only"):
            problems.append(f"{name} may write to its own files")
    problems += [
        f"{name} has no health check" for name in ("postgres", "redis", "web") if "healthcheck" not in services[name]
    ]
    if "USER nextstop" not in (ROOT / "Dockerfile").read_text():
        problems.append("the image runs as root")
    return problems


def main() -> int:
    check_deploy()
    problems = compose_problems()
    print("\n".join(problems) or "deployment: no problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
