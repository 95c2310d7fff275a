# SPDX-License-Identifier: BSD-3-Clause
#
# What the manifests of plugins/README.md and docs/MIGRATION.md speak of, made real in a folder: files, a database, an
# application, and servers, whose addresses take the place of those in the text.
import contextlib
import glob
import http.server
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

TOKEN = "Bearer of-the-readme"
PASSWORD = "password-of-the-readme"
UTILS = "def function_name(a, b=1):\n    return {'sum': a + b}\n"
REPORTS = "def orders(since):\n    return since\n"


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def make_files(folder):
    for name, text in {"motd.txt": "welcome\n", "app.log": "one\ntwo\n", "prices.json": '{"tea": 2.5}', "shop.toml": "open = true\n",
                       "spool/1.job": "", "pg.password": PASSWORD, "api.token": TOKEN + "\n", "my_app/utils.py": UTILS,
                       "my_app/reports.py": REPORTS, "lib/my_app/utils.py": UTILS}.items():
        write(folder, name, text)
    with contextlib.closing(sqlite3.connect(os.path.join(folder, "shop.db"))) as shop:
        shop.execute("create table orders(id integer, total real)")
        shop.execute("insert into orders values (1, 250)")
        shop.commit()


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/releases" and self.headers["Authorization"] == TOKEN else 403)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'["1.0"]')

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise SystemExit(f"not ok: {what} did not start")


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def process(argv, last_signal=signal.SIGTERM, **more):
    started = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        yield started
    finally:
        started.send_signal(last_signal)
        started.wait()


@contextlib.contextmanager
def web_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"https://api.example.org": f"http://127.0.0.1:{server.server_address[1]}"}, {}
    server.shutdown()


@contextlib.contextmanager
def redis_server(folder):
    port = free_port()
    with process(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--requirepass", PASSWORD]):
        until(lambda: answers(port), "redis-server")
        yield {"127.0.0.1:6379": f"127.0.0.1:{port}"}, {"REDIS_PASSWORD": PASSWORD}


# It refuses to run as root.
def server_user():
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres_server(bin_folder, folder):
    home, port, user = os.path.join(folder, "postgres"), free_port(), server_user()
    os.mkdir(home)
    if user:
        os.chown(home, user["user"], user["group"])
    data = os.path.join(home, "data")
    subprocess.run([bin_folder + "/initdb", "-D", data, "-U", "reader", "-A", "scram-sha-256", "-N", "--pwfile",
                    os.path.join(folder, "pg.password")], check=True, stdout=subprocess.DEVNULL, **user)
    environment = {"PGPASSWORD": PASSWORD, "PGSERVICEFILE": os.path.join(folder, "pg_service.conf")}
    write(folder, "pg_service.conf", f"[shop]\nhost=127.0.0.1\nport={port}\nuser=reader\ndbname=shop\n")
    server = [bin_folder + "/postgres", "-D", data, "-k", home, "-p", str(port), "-c", "listen_addresses=127.0.0.1"]

    def sql(database, text):
        done = subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "reader", "-c", text, database], capture_output=True,
                              env=dict(os.environ, **environment))
        return done.returncode == 0

    with process(server, signal.SIGINT, **user):
        until(lambda: sql("postgres", "create database shop"), "postgres")
        assert sql("shop", "create table orders as select 250 as total")
        yield {"reader@localhost/shop": f"reader@127.0.0.1:{port}/shop"}, environment


class Scene:
    """Folder, substitutions and environment; `lacking` are libraries and functions that this machine has nothing for."""

    def __init__(self, folder, stack):
        self.folder, self.places, self.environment, self.lacking = folder, {}, {"API_TOKEN": TOKEN}, set()
        os.chmod(folder, 0o755)
        make_files(folder)
        if not os.path.exists("/proc/pressure/cpu"):
            self.lacking.add("libproc.so:pressure")
        self.enter(stack, web_server())
        if shutil.which("redis-server"):
            self.enter(stack, redis_server(folder))
        else:
            self.lacking.add("libredis.so")
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb") or ""]
        if found[-1] and shutil.which("psql"):
            self.enter(stack, postgres_server(os.path.dirname(found[-1]), folder))
        else:
            self.lacking.add("libpostgres.so")

    def enter(self, stack, server):
        places, environment = stack.enter_context(server)
        self.places.update(places)
        self.environment.update(environment)

    def placed(self, text):
        for place, here in self.places.items():
            text = text.replace(place, here)
        return text
