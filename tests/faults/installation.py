"""The product as processes, the way an operator starts it: killed, cut off and started again by the fault tests.

With DATABASE_URL and REDIS_URL these are the very commands of docker-compose.yml and the Dockerfile, against the real
servers, which are reached through cables that a test can pull. Without them they are the commands of `make run`.
"""

import contextlib
import json
import os
import re
import select
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml

from config import runner
from tests.servers import redis_beside

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVERS = bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def compose_command(service: str) -> list[str]:
    """The command of a compose service; without one of its own it is the image's."""
    command = COMPOSE["services"][service].get("command")
    if command is None:
        command = json.loads(re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1])
    return command


def own_redis(beside: int) -> str:
    """The address of an empty Redis database `beside` the suite's own: no worker hears another installation's jobs."""
    import redis

    own = redis_beside(os.environ["REDIS_URL"], beside)
    redis.Redis.from_url(own).flushdb()
    return own


class Cable:
    """A TCP line to a server. `pull()` cuts every connection and refuses new ones until `plug()`."""

    def __init__(self, host: str, port: int):
        self.target = (host, port)
        self.port = free_port()
        self.lines: list[socket.socket] = []
        self.listener: socket.socket | None = None
        self.plug()

    def plug(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self.listener,), daemon=True).start()

    def pull(self) -> None:
        listener, self.listener = self.listener, None
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        lines, self.lines = self.lines, []
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _serve(self, listener) -> None:
        while True:
            try:
                near, _address = listener.accept()
                far = socket.create_connection(self.target)
            except OSError:
                return
            self.lines += [near, far]
            threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()

    @staticmethod
    def _pass_on(near, far) -> None:
        other = {near: far, far: near}
        with near, far:
            while True:
                for ready in select.select(list(other), [], [])[0]:
                    try:
                        data = ready.recv(65536)
                        if not data:
                            return
                        other[ready].sendall(data)
                    except OSError:
                        return


class Installation:
    """Database, environment and processes of one installation; `start`, `kill` and `stop` them by name."""

    def __init__(self, folder: Path, *, local: bool = not SERVERS, **environment):
        """`local`: the commands of `make run` with its one-time links, on whatever servers there are."""
        self.folder = folder
        self.processes: dict[str, subprocess.Popen] = {}
        self.port, self.hub_port = free_port(), free_port()
        self.env = {name: value for name, value in os.environ.items() if runner.takes(name)}
        self.env |= {"VAR_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1", "LOG_LEVEL": "INFO"}
        if SERVERS:
            self._on_servers()
        if local:
            self.env |= {"NEXTSTOP_LOCAL": "1", "PORT": str(self.port), "ALLOWED_HOSTS": "*", "TRUSTED_PROXIES": "0"}
            self.env["SITE_URL"] = f"http://127.0.0.1:{self.port}"
            self.commands = runner.commands(self.env)
            self.hub_port = self.port
        self.env |= environment
        self.site = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"accept-language": "en", "x-forwarded-proto": "https", "host": "meet.example.org"}
            if not local
            else {"accept-language": "en"},
            timeout=30,
        )
        if local:
            self.manage("migrate", "--noinput", "-v0")
        else:
            self._prepare_as_the_compose_file_does()
            self.manage("collectstatic", "--noinput", "-v0")

    def _on_servers(self) -> None:
        given, redis = urlsplit(os.environ["DATABASE_URL"]), urlsplit(own_redis(3))
        self.database = f"nextstop_faults_{uuid.uuid4().hex[:12]}"
        self.admin_url = given.geturl()
        self._admin(f'CREATE DATABASE "{self.database}"')
        self.database_cable = Cable(given.hostname or "127.0.0.1", given.port or 5432)
        self.redis_cable = Cable(redis.hostname or "127.0.0.1", redis.port or 6379)
        who = given.netloc.rpartition("@")[0]
        self.direct_url = given._replace(path=f"/{self.database}").geturl()
        self.env |= {
            "DATABASE_URL": f"{given.scheme}://{who}@127.0.0.1:{self.database_cable.port}/{self.database}",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_cable.port}{redis.path}",
            "SECRET_KEY": uuid.uuid4().hex + uuid.uuid4().hex,
            "SITE_URL": "https://meet.example.org",
            "ALLOWED_HOSTS": "meet.example.org,127.0.0.1",
            "TRUSTED_PROXIES": "1",
            "STATIC_ROOT": str(self.folder / "static"),
        }
        ports = {"web": self.port, "hub": self.hub_port}
        self.commands = {
            name: self._here(compose_command(name), ports.get(name))
            for name in ("web", "hub", "worker", "probe", "media", "upscale", "beat")
        }

    def _prepare_as_the_compose_file_does(self) -> None:
        """The `migrate` service: the start-up checks, then the tables."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            compose_command("migrate"), cwd=ROOT, env={**self.env, "PATH": path}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]

    def alive(self, service: str) -> bool:
        """What the compose file's health check of a worker or the beat answers."""
        words = COMPOSE["services"][service]["healthcheck"]["test"][1:]
        line = [sys.executable, *words[1:]]
        return subprocess.run(line, cwd=ROOT, env=self.env, check=False).returncode == 0

    def _here(self, command: list[str], port: int | None) -> list[str]:
        """A container's command on this machine: this environment's programs, a port of its own, its own scratch."""
        words = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in command]  # noqa: S104
        words = [word.replace("/tmp/beat", str(self.folder / "beat")) for word in words]  # noqa: S108
        return [str(Path(sys.executable).parent / words[0]), *words[1:]]

    def _admin(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)

    def manage(self, *words: str) -> str:
        """The output of a management command; raises with its errors when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=400
        )
        if done.returncode:
            raise AssertionError(f"manage.py {shlex.join(words)[:80]}: {done.stderr[-2000:]}")
        return done.stdout

    def python(self, source: str) -> str:
        """Run lines inside the product, as an operator would in `manage.py shell`."""
        return self.manage("shell", "-v0", "-c", source).strip()

    def links(self) -> dict[str, str]:
        """The one-time links that `make run` prints, by the person's label."""
        return dict(re.findall(r"^  (\S.*?)\s{2,}(http\S+)$", self.manage("doorplate"), re.MULTILINE))

    @property
    def workers(self) -> list[str]:
        """The processes without a page: workers and the beat. In a local run `worker` probes too."""
        return [name for name in self.commands if name not in ("web", "hub")]

    def start(self, *names: str) -> None:
        for name in names or self.commands:
            log = (self.folder / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """kill -9 of the process and of all that it started in its session: as when the machine loses its power."""
        process = self.processes.pop(name)
        runner.signal_group(process, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End everything; remove the database. Fails when a process had ended by itself."""
        gone = [name for name, process in self.processes.items() if process.poll() is not None]
        self.site.close()
        for process in self.processes.values():
            runner.signal_group(process, signal.SIGTERM)
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(8)
            runner.signal_group(process, signal.SIGKILL)
            process.wait()
        if SERVERS:
            self.database_cable.pull()
            self.redis_cable.pull()
            self._admin(f'DROP DATABASE "{self.database}" WITH (FORCE)')
        assert not gone, "\n".join(f"{name} ended by itself: {self.log(name)[-1500:]}" for name in gone)

    def rows(self, query: str) -> list[tuple]:
        """What the database holds, read past the product and past the cables."""
        if SERVERS:
            import psycopg

            with psycopg.connect(self.direct_url) as connection:
                return connection.execute(query).fetchall()
        with contextlib.closing(sqlite3.connect(self.folder / "var" / "nextstop.sqlite3", timeout=20)) as connection:
            return connection.execute(query).fetchall()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def answers(self, path: str = "/-/ready/") -> bool:
        try:
            return self.site.get(path).status_code == 200
        except httpx.HTTPError:
            return False


def wait_until(condition, *, seconds: float, what: str):
    """The first true answer of `condition()`; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"After {seconds} s: {what}")
        time.sleep(0.1)
