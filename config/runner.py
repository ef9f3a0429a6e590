"""What `make run` starts: the whole product on embedded defaults, in one terminal.

Prepares the database and the demo, starts web, workers and beat as children in sessions of their own, restarts one
that dies, and ends every one of them on Ctrl-C. Of the shell's environment it takes what TAKEN names and nothing else: a
server that happens to run on this machine, or a service that the shell has a key for, is none of its business.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
TAKEN = {
    *("HOST", "PORT", "VAR_DIR", "LOG_LEVEL", "FFMPEG", "FONT", "UPSCALE_SHADER", "FILM_LINES", "DISK_RESERVE_MB"),
    *("PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR", "VK_ICD_FILENAMES"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"),  # the way to a public beacon that a draw has declared
}
LEAST_FREE_MB = 300
UNREADABLE = "unreadable"
GRACE = 5.0


class Trouble(Exception):
    """Something a person must mend; its text is the one line that they read."""


def takes(name: str) -> bool:
    """Whether a local run takes this variable from the shell."""
    return name.upper() in TAKEN or name.startswith("LC_")


def environment() -> dict[str, str]:
    """The children's environment: embedded, local, whatever the shell has set for production."""
    kept = {name: value for name, value in os.environ.items() if takes(name) and value}
    host = kept.setdefault("HOST", "127.0.0.1")
    shown = lan_address() if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    return {
        "LOG_LEVEL": "WARNING",
        "PORT": "8000",
        **kept,
        "VAR_DIR": str(ROOT / kept.get("VAR_DIR", "var")),
        "NEXTSTOP_LOCAL": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore:No directory at,ignore:You're running the worker",
        "SITE_URL": f"http://{shown}:{kept.get('PORT', '8000')}",
        "ALLOWED_HOSTS": "*",
    }


def lan_address() -> str:
    """This machine's address in its network, for phones; the loopback address when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # documentation address: nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def check_machine(env) -> None:
    """Raise Trouble for what would fail later with a long traceback."""
    if sys.version_info < (3, 11):
        raise Trouble(f"Nextstop needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    var = Path(env["VAR_DIR"])
    try:
        var.mkdir(parents=True, exist_ok=True)
        probe = var / ".probe"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise Trouble(f"Cannot write to {var}: {reason}.") from None
    free = shutil.disk_usage(var).free // 2**20
    if free < LEAST_FREE_MB:
        raise Trouble(f"Only {free} MB are free in {var}; Nextstop wants at least {LEAST_FREE_MB} MB.")


def hold_folder(env) -> TextIO:
    """Take the folder for ourselves until this file is closed; the kernel frees it when we are killed.

    Raises Trouble when another run has it: two beats on one database would do everything twice.
    """
    note = (Path(env["VAR_DIR"]) / "running").open("a+")
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with note:
            note.seek(0)
            raise Trouble(f"Nextstop already runs from this folder: {note.read() or env['VAR_DIR']}") from None
    note.truncate(0)
    note.write(env["SITE_URL"])
    note.flush()
    return note


def check_address(host: str, port: str) -> None:
    """Raise Trouble when the port is no number or taken, or when the host is no address of this machine."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Trouble(f"PORT must be a number from 1 to 65535, not {port!r}.")
    try:
        family, kind, _protocol, _name, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that no name server could be asked for
        reason = getattr(error, "strerror", None) or error
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise Trouble(f"Port {port} is taken ({reason}). Choose another one: PORT=8001 make run") from None
        raise Trouble(f"Cannot listen on HOST={host}, port {port}: {reason}.") from None


def prepare(env) -> None:
    """Translations, tables, demo. A second start finds everything there and keeps it."""
    compile_translations()
    stamp, database = Path(env["VAR_DIR"]) / "prepared", Path(env["VAR_DIR"]) / "nextstop.sqlite3"
    state = state_of(database)
    if stamp.exists() and stamp.read_text() == state != UNREADABLE:
        return  # each command costs a start of Django, seconds on a small machine
    for command in (["migrate", "--noinput", "-v0"], ["seed", "--if-empty"]):
        status, out, err = manage(command, env)
        if status:
            last = (err.strip().splitlines() or ["no message"])[-1]
            raise Trouble(f"`manage.py {command[0]}` failed: {last}")
        if out.strip():
            print(out.strip(), flush=True)
    stamp.write_text(state_of(database))


def manage(command: list[str], env) -> tuple[int, str, str]:
    """Run one command of manage.py: (status, what it printed, its errors). It ends when we are interrupted."""
    child = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = child.communicate()
    except KeyboardInterrupt:
        child.kill()
        child.wait()
        raise
    return child.returncode, out, err


def state_of(database: Path) -> str:
    """What decides whether tables and demo have to be made: our migrations, the locked packages, and what is there.

    A database that is not there or has no tables yet counts as not prepared; a damaged one is Trouble, for pages that
    were overwritten break no start: they break the event's page on the day.
    """
    files = [ROOT / "requirements" / "base.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    digest = hashlib.sha256(b"".join(str(file).encode() + file.read_bytes() for file in files)).hexdigest()
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as tables:
            if tables.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError
            applied = tables.execute("SELECT count(*) FROM django_migrations").fetchone()[0]
            has_event = tables.execute("SELECT EXISTS (SELECT 1 FROM events_event)").fetchone()[0]
    except sqlite3.OperationalError:
        return UNREADABLE
    except sqlite3.DatabaseError:
        raise Trouble(f"The database is damaged: move {database}* away, or restore a copy.") from None
    return f"{digest} {applied} {has_event}"


def compile_translations() -> None:
    """Make the .mo files where a .po is newer: gettext's own tools need not be installed."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in (ROOT / "locale").glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as po:
            catalogue = read_po(po)
        half = target.with_suffix(f".{os.getpid()}.mo")
        with half.open("wb") as mo:
            write_mo(mo, catalogue)
        half.replace(target)  # whole or not at all: who starts beside us, or after a full disk, reads no half a file


def commands(env) -> dict[str, list[str]]:
    """The children: name to command line."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel=WARNING", "--pool=threads"]
    return {
        "web": [
            sys.executable,
            "-m",
            "uvicorn",
            "config.asgi:application",
            "--host",
            env.get("HOST", "127.0.0.1"),
            "--port",
            env.get("PORT", "8000"),
            "--timeout-graceful-shutdown",
            "3",
            "--log-level",
            "warning",
            "--no-server-header",
        ],
        # Looking at shots and previews of the film wait for no film: a worker of their own would cost 130 MB.
        "worker": [*celery, "worker", *quiet, "-Q", "default,mail,probe", "-c", "6", "-n", "desk@%h"],
        "media": [*celery, "worker", *quiet, "-Q", "media", "-c", "3", "-n", "media@%h"],
        "upscale": [
            *celery,
            "worker",
            *quiet,
            "-Q",
            "upscale",
            "-c",
            "1",
            "-n",
            "upscale@%h",
        ],  # may take minutes a shot
        "beat": [*celery, "beat", "--loglevel=WARNING", "--pidfile="],
    }


class Supervisor:
    """Children in sessions of their own; one that dies is started again; all end together."""

    def __init__(self, lines: dict[str, list[str]], env: dict[str, str]):
        self.lines, self.env = lines, env
        self.children: dict[str, subprocess.Popen] = {}
        self.started: dict[str, float] = {}
        self.quick_deaths: dict[str, int] = {}
        self.stopping = False

    def start(self, name: str) -> None:
        self.children[name] = subprocess.Popen(self.lines[name], cwd=ROOT, env=self.env, start_new_session=True)
        self.started[name] = time.monotonic()

    def watch(self) -> None:
        """Until told to stop: start again what died."""
        while not self.stopping:
            self.mend()
            time.sleep(0.2)

    def mend(self) -> None:
        """Start again what died; raise Trouble for a child that dies at once, again and again."""
        for name, child in list(self.children.items()):
            if child.poll() is None or self.stopping:
                continue
            quick = time.monotonic() - self.started[name] < 10
            self.quick_deaths[name] = self.quick_deaths.get(name, 0) + 1 if quick else 0
            if self.quick_deaths[name] >= 5:
                raise Trouble(f"The {name} process ends at once each time (status {child.returncode}); see above.")
            time.sleep(0.5)
            if not self.stopping:
                self.start(name)

    def stop(self) -> None:
        """TERM to each group, wait, KILL what is left."""
        self.stopping = True
        for child in self.children.values():
            signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            signal_group(child, signal.SIGKILL)
        for child in self.children.values():
            child.wait()


def signal_group(child: subprocess.Popen, number: int) -> None:
    """Send a signal to the child's whole session."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass


def wait_until_ready(env, supervisor) -> bool:
    """Whether the first page answers, within a minute; a server that dies meanwhile is started again, or is Trouble."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not supervisor.stopping:
        supervisor.mend()
        try:
            socket.create_connection((env["HOST"], int(env["PORT"])), timeout=0.5).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def interrupted(*_signal) -> None:
    """TERM while it still prepares is what Ctrl-C is: the command that runs ends with us, the next start goes on."""
    raise KeyboardInterrupt


def main() -> int:
    """Run until Ctrl-C; the exit status is 0 then, 1 for trouble."""
    env = environment()
    supervisor = held = None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # INT too: a shell starts what is behind & deaf to it
        signal.signal(number, interrupted)
    try:
        check_machine(env)
        held = hold_folder(env)
        check_address(env["HOST"], env["PORT"])
        prepare(env)
        supervisor = Supervisor(commands(env), env)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: setattr(supervisor, "stopping", True))
        supervisor.start("web")  # alone at first: on two cores six starts at once would hold up the first page
        ready = wait_until_ready(env, supervisor)
        for name in supervisor.lines:
            if name != "web" and not supervisor.stopping:
                supervisor.start(name)
        if ready and not supervisor.stopping:
            subprocess.run([sys.executable, "manage.py", "doorplate"], cwd=ROOT, env=env, check=False)
        elif not supervisor.stopping:
            print("nextstop: the web server has not answered for a minute.", file=sys.stderr)
        supervisor.watch()
        return 0
    except KeyboardInterrupt:  # while it was still preparing
        return 130
    except Trouble as trouble:
        print(f"nextstop: {trouble}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk below the words, a folder of somebody else's
        print(f"nextstop: {error.strerror or error}: {error.filename or ROOT}", file=sys.stderr)
        return 1
    finally:
        if supervisor is not None:
            supervisor.stop()
        if held is not None:
            held.close()


if __name__ == "__main__":
    sys.exit(main())
