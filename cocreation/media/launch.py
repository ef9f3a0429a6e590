"""Makes a child harmless and becomes it: `python -I -S launch.py PARENT SEALED CPU AS FSIZE NOFILE -- program ...`.

Run as a file of its own, standard library only: what `preexec_fn` would do is not safe in a process with threads. The
child dies with the thread that started it (Linux), yields the processor to pages, has ceilings, and cannot open a
socket where the kernel allows filters. Numbers are in seconds and bytes, 0 means no ceiling.
"""

import ctypes
import os
import platform
import resource
import struct
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 1, 38, 22, 2
# architecture as seccomp names it, and its numbers of socket(2) and socketpair(2)
CALLS = {"x86_64": (0xC000003E, (41, 53)), "aarch64": (0xC00000B7, (198, 199))}
KILLED = 9


class Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def limit(kind, most):
    """Lower a ceiling, never above what this process may have itself."""
    _soft, hard = resource.getrlimit(kind)
    if most:
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def without_sockets(libc):
    """Every socket() answers EACCES from here on: a program that follows a link in a file reaches nobody."""
    if platform.machine() not in CALLS:
        return
    architecture, (socket, pair) = CALLS[platform.machine()]
    rows = [
        (0x20, 0, 0, 4),  # the architecture
        (0x15, 0, 4, architecture),  # another one: let it pass, its numbers mean other calls
        (0x20, 0, 0, 0),  # the number of the call
        (0x15, 1, 0, socket),
        (0x15, 0, 1, pair),
        (0x06, 0, 0, 0x00050000 | 13),  # fail with EACCES
        (0x06, 0, 0, 0x7FFF0000),  # allow
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
    program = Program(len(rows), ctypes.cast(code, ctypes.c_void_p))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0)


def main(arguments):
    parent, sealed, cpu, memory, size, files = (int(word) for word in arguments[:6])
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, KILLED, 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask to die with it
            return KILLED
        if sealed:
            without_sockets(libc)
    os.nice(10)
    limit(resource.RLIMIT_CORE, 1)
    limit(resource.RLIMIT_CPU, cpu)
    limit(resource.RLIMIT_FSIZE, size)
    limit(resource.RLIMIT_NOFILE, files)
    if sys.platform == "linux":
        limit(resource.RLIMIT_AS, memory)
    os.execv(arguments[7], arguments[7:])  # noqa: S606  # nosec B606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
