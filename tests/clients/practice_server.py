"""Start a practice cloud for a test, and start it again: import before `practice`.

CLOUD_FOLDER is its folder, LABKIT the program, PID_FILE where the test's shell finds what to end,
SERVER_LOG a file for its stderr (where none is given, ours).
"""
import os
import signal
import subprocess
import time

process = None


def start(port=0):
    global process
    log = open(os.environ.get("SERVER_LOG", os.devnull), "ab")
    process = subprocess.Popen(
        [os.environ["LABKIT"], "cloud", "--port", str(port), "--dir", os.environ["CLOUD_FOLDER"]],
        stdout=subprocess.PIPE, stderr=log if "SERVER_LOG" in os.environ else None, text=True)
    log.close()
    with open(os.environ["PID_FILE"], "w", encoding="utf-8") as f:
        f.write(str(process.pid))
    line = process.stdout.readline()
    assert "http" in line, line
    return int(line.rsplit(":", 1)[1].strip(" ./\n"))


def kill():
    process.send_signal(signal.SIGKILL)
    process.wait()


def stop():
    process.terminate()
    return process.wait()


def rss_kb():
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def cpu_seconds():
    """Processor time that it took so far; says more than the clock where others work as well."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
