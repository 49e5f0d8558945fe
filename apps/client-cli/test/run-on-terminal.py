"""Runs a command on a pseudo-terminal, for tests.

    python3 run-on-terminal.py COLUMNS ROWS COMMAND [ARGUMENT...]

Standard input takes one JSON object a line: {"keys": "text"} is typed, {"resize": [columns, rows]} resizes the
terminal, {"signal": number} goes to the command. What the command writes to the terminal goes to standard output as it
is. When the command ends, one JSON line on standard error says how, and how it has left the terminal. When standard
input ends, the command is killed.
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(descriptor, columns, rows):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def start(slave, command):
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in (0, 1, 2):
            os.dup2(slave, descriptor)
        os.closerange(3, 64)
        os.execvp(command[0], command)
    return pid


def obey(line, master, pid):
    order = json.loads(line)
    if "keys" in order:
        os.write(master, order["keys"].encode())
    if "resize" in order:
        resize(master, *order["resize"])
    if "signal" in order:
        os.kill(pid, order["signal"])


def copy_output(master, timeout):
    ready, _, _ = select.select([master], [], [], timeout)
    if ready:
        os.write(1, os.read(master, 65536))
    return bool(ready)


def main():
    master, slave = pty.openpty()
    resize(master, int(sys.argv[1]), int(sys.argv[2]))
    pid = start(slave, sys.argv[3:])
    orders = b""
    while True:
        ready, _, _ = select.select([master, 0], [], [], 0.02)
        if master in ready:
            os.write(1, os.read(master, 65536))
        if 0 in ready:
            more = os.read(0, 65536)
            if not more:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return
            orders += more
            while b"\n" in orders:
                line, orders = orders.split(b"\n", 1)
                obey(line, master, pid)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
    while copy_output(master, 0):
        pass
    flags = termios.tcgetattr(slave)[3]
    report = {
        "code": os.waitstatus_to_exitcode(status),
        "canonical": bool(flags & termios.ICANON),
        "echo": bool(flags & termios.ECHO),
    }
    sys.stderr.write(json.dumps(report) + "\n")


main()
