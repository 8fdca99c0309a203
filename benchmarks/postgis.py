"""
A PostGIS of one's own: started on a socket in a temporary folder, without a network, then removed.

PostgreSQL refuses to run as root, so a root starts it as the user ``postgres`` (or ``nobody``). The
server goes when the `with` block ends, and when the process that started it dies.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import peak_mb

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
USERS = ("postgres", "nobody")
START_S, STATEMENT_S = 60, 120
SETTINGS = {
    "listen_addresses": "", "shared_buffers": "256MB", "work_mem": "256MB", "fsync": "off",
    "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "jit": "off",
    "max_parallel_workers_per_gather": "0", "max_connections": "5",
    "statement_timeout": f"{STATEMENT_S}s",
}  # fmt: skip
END = "-- end of answer --"


def programs() -> Path:
    """
    Return the folder of PostgreSQL's programs, the newest that has PostGIS.

    Raises
    ------
    ImportError
        If there is none.
    """
    found = [Path(shutil.which("postgres") or "/nowhere").parent]
    for pattern in PLACES:
        found += sorted(Path("/").glob(pattern[1:]), reverse=True)
    for folder in found:
        if (folder / "postgres").exists() and (folder / "psql").exists() and _has_postgis(folder):
            return folder
    raise ImportError("PostgreSQL with PostGIS", name="PostGIS: postgresql-15-postgis-3")


def _has_postgis(folder: Path) -> bool:
    told = subprocess.run(
        [folder / "pg_config", "--sharedir"], stdout=subprocess.PIPE, text=True, check=False
    )
    return (Path(told.stdout.strip() or "/nowhere") / "extension" / "postgis.control").exists()


@contextmanager
def server() -> Iterator[Session]:
    """Start a server with PostGIS, hand out a session, stop the server and remove its files."""
    folder_of_programs = programs()
    user = _unprivileged()
    # A short path: that of a socket may have 107 letters.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp" if Path("/tmp").is_dir() else None))
    process = session = guard = None
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        words = ["-A", "trust", "-U", "bench", "-E", "UTF8", "--no-sync", "--locale=C"]
        _run([folder_of_programs / "initdb", "-D", data, *words], user)
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            [folder_of_programs / "postgres", "-D", data, "-k", folder, *settings],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("wb"), start_new_session=True, cwd=folder, **_as(user),
        )  # fmt: skip
        guard = _guarded(process.pid, folder)
        _until_ready(folder_of_programs, folder, process)
        session = Session(folder_of_programs / "psql", folder)
        session.ask("CREATE EXTENSION postgis;")
        yield session
    finally:
        if session is not None:
            session.close()
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)
        if guard is not None:
            guard.kill()
            guard.wait()


class Session:
    """A psql that stays: statements in, lines out, and the processor time of both ends."""

    def __init__(self, psql: Path, folder: Path) -> None:
        words = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "bench", "-d", "postgres"]
        self._psql = subprocess.Popen(
            [psql, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        )  # fmt: skip
        self.folder = folder
        self.backend = int(self.ask("SELECT pg_backend_pid();")[0])

    def ask(self, sql: str, rows: Sequence[str] = ()) -> list[str]:
        """
        Send statements, after them the rows of a ``COPY ... FROM STDIN``, and return what comes back.

        Raises
        ------
        RuntimeError
            If the server refuses them or ends.
        """
        stdin, stdout = self._psql.stdin, self._psql.stdout
        if stdin is None or stdout is None or self._psql.poll() is not None:
            raise RuntimeError("psql has ended")
        lines = [sql, *rows, *(["\\."] if rows else []), f"\\echo {END}"]
        stdin.write("\n".join(lines) + "\n")
        stdin.flush()
        answer = []
        for line in stdout:
            if line.rstrip("\n") == END:
                return answer
            answer.append(line.rstrip("\n"))
        told = next((line for line in answer if "ERROR" in line), "psql has ended")
        raise RuntimeError(told)

    def cpu_s(self) -> float:
        """Return the processor seconds of this process, of psql and of the server's end."""
        others = sum(_cpu_of(pid) for pid in (self._psql.pid, self.backend))
        return time.process_time() + others

    def peak_mb(self) -> float:
        """Return the most memory the server's end has held, its share of common buffers included."""
        return peak_mb(self.backend)

    def close(self) -> None:
        """End psql."""
        for stream in (self._psql.stdin, self._psql.stdout):
            if stream is not None:
                stream.close()
        self._psql.terminate()
        self._psql.wait(10)


def _cpu_of(pid: int) -> float:
    """Return processor seconds: to the nanosecond where the scheduler tells, else to 10 ms."""
    schedule = Path(f"/proc/{pid}/schedstat")
    try:
        return int(schedule.read_text().split()[0]) / 1e9
    except OSError:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _unprivileged() -> pwd.struct_passwd | None:
    """Return the user to run the server as: None for the own one, which must not be root."""
    if os.getuid():
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(
        f"PostgreSQL does not run as root, and there is no user {' or '.join(USERS)}"
    )


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(words: Sequence[object], user: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False, timeout=START_S, cwd="/", **_as(user),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"initdb failed: {(done.stdout.strip() or '-').splitlines()[-1]}")


def _until_ready(programs: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        asked = [programs / "pg_isready", "-q", "-h", folder]
        if subprocess.run(asked, check=False).returncode == 0:
            return
        time.sleep(0.1)
    said = (folder / "log").read_text(errors="replace").strip() or "nothing in its log"
    raise RuntimeError(f"PostgreSQL did not start: {said.splitlines()[-1]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server: at once and in order, or, if it does not, its whole group."""
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)


def _guarded(pid: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start what stops the server and removes its files, should this process die: its input ends then."""
    stop = (
        'cat >/dev/null; kill -INT "$1"; n=0; while kill -0 "$1" && [ $n -lt 100 ]; do sleep 0.1; '
        'n=$((n+1)); done; kill -KILL "$1"; rm -rf "$2"'
    )
    return subprocess.Popen(
        ["sh", "-c", stop, "guard", str(pid), str(folder)], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
    )  # fmt: skip
