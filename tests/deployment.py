"""`python -m tests.deployment`: Django's deployment checks on a production environment, and the compose file's sense."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from config.celery import QUEUES

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


# A stream that the proxy would collect reaches nobody: it is flushed at once.
ROUTES = {"handle /live/*": ("hub:8000", ["flush_interval -1"]), "handle": ("web:8000", [])}
ONCE = {"migrate"}  # ends by itself: it has no health


def compose_problems() -> list[str]:
    """What in docker-compose.yml would not start or not hold: schema, names, health, rights, queues."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services, problems = compose["services"], schema_problems()
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            if other not in services:
                problems.append(f"{name} depends on {other}, which does not exist")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith(".") and source not in compose["volumes"]:
                problems.append(f"{name} mounts {source}, which does not exist")
        if not service.get("read_only"):
            problems.append(f"{name} may write to its own files")
        if name not in ONCE and "healthcheck" not in service:
            problems.append(f"{name} has no health check")
        if name not in ONCE and service.get("restart") != "unless-stopped":
            problems.append(f"{name} is not started again")
    problems += queue_problems(services) + proxy_problems(services) + address_problems(compose["x-app"]["environment"])
    problems += image_problems(compose["x-app"]["build"])
    if not re.search(r"^RUN apt-get .*\blibfribidi0\b", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        problems.append("the image would draw emoji of several parts piece by piece")
    if "USER nextstop" not in (ROOT / "Dockerfile").read_text():
        problems.append("the image runs as root")
    if ".env" not in (ROOT / ".dockerignore").read_text().splitlines():
        problems.append("the image would carry the secrets of .env")
    return problems


UPSCALER = {"requirements/upscale.txt", "libomp5", "libvulkan1"}


def image_problems(build) -> list[str]:
    """What the file and the image disagree on: an argument that nobody passes, or one that does not bring Real-ESRGAN."""
    text = (ROOT / "Dockerfile").read_text()
    stages = re.split(r"^FROM ", text, flags=re.M)[1:]
    passed, problems = build.get("args", {}), []
    for name in sorted(passed.keys() | set(re.findall(r"^ARG (\w+)", text, flags=re.M))):
        if passed.get(name) != f"${{{name}:-}}":
            problems.append(f"nobody passes {name} on to the image, off where it is not set")
        for stage in stages:
            if f"${name}" in stage and f"ARG {name}=\n" not in stage.partition(f"${name}")[0]:
                problems.append(f"a stage of the image asks for {name} and is not told it")
    for line in re.sub(r"\\\n", "", text).splitlines():
        if "apt-get" in line and "rm -rf /var/lib/apt/lists/*" not in line:
            problems.append("the image keeps apt's lists")
    problems += [f"the image has no {word} for Real-ESRGAN" for word in sorted(UPSCALER) if word not in text]
    return problems


def schema_problems() -> list[str]:
    """What the schema of compose files does not allow."""
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [done.stdout.strip() or done.stderr.strip()]


def queue_problems(services) -> list[str]:
    """Each queue is served by one service, so that a montage never holds up mail."""
    served = [
        queue
        for service in services.values()
        if "-Q" in service.get("command", [])
        for queue in service["command"][service["command"].index("-Q") + 1].split(",")
    ]
    return [] if sorted(served) == sorted(QUEUES) else [f"queues {sorted(served)}, not {sorted(QUEUES)}"]


def proxy_problems(services) -> list[str]:
    """Live updates reach the hub as they are said, everything else the pages, each where it listens."""
    problems, found = [], routes((ROOT / "Caddyfile").read_text())
    if found != ROUTES:
        problems.append(f"the Caddyfile passes on {found}, not {ROUTES}")
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    usual = next(json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD "))
    for upstream, _options in found.values():
        name, _, port = upstream.partition(":")
        if name not in services:
            problems.append(f"the Caddyfile passes on to {name}, which does not exist")
            continue
        if f"0.0.0.0:{port}" not in services[name].get("command", usual):
            problems.append(f"{name} does not listen where the Caddyfile passes on to, port {port}")
        if name not in services["proxy"]["depends_on"]:
            problems.append(f"the proxy does not wait for {name}")
    if "config.asgi:hub" not in services.get("hub", {}).get("command", ()):
        problems.append("hub does not serve the live updates")
    return problems


def routes(caddyfile: str) -> dict[str, tuple[str, list[str]]]:
    """Where a Caddyfile passes requests on to: {the block that it is said in: (upstream, its options)}."""
    found, blocks = {}, []
    for line in (line.strip() for line in caddyfile.splitlines()):
        words = line.removesuffix("{").split()
        if line.startswith("reverse_proxy "):
            found[blocks[-1]] = (" ".join(words[1:]), [])
        elif blocks and blocks[-1].startswith("reverse_proxy ") and line != "}":
            found[blocks[-2]][1].append(line)
        if line.endswith("{"):
            blocks.append(" ".join(words))
        elif line == "}":
            blocks.pop()
    return found


def _environment_of_the_image() -> str:
    return "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ENV "))


def address_problems(environment) -> list[str]:
    """What the containers are told: no address that a password breaks, no server that writes where it may not."""
    problems = []
    if "PASSWORD" in environment["DATABASE_URL"]:
        problems.append("a password with / # @ or % would break DATABASE_URL")
    if "--no-control-socket" not in environment.get("GUNICORN_CMD_ARGS", ""):
        problems.append("gunicorn would put its control socket into a home that nobody may write to")
    image = dict(re.findall(r"\b(VAR_DIR|STATIC_ROOT)=(\S+)", _environment_of_the_image()))
    problems += [
        f"{name} of an .env would reach the containers: the image has {image[name]}"
        for name in image
        if environment.get(name) != image[name]
    ]
    head = (ROOT / "docker-compose.yml").read_text().partition("\nname:")[0]
    problems += [f"the head of the file does not say that it sets {name}" for name in environment if name not in head]
    return problems


def main() -> int:
    check_deploy()
    problems = compose_problems()
    print("\n".join(problems) or "deployment: no problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
