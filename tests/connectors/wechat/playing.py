"""A small HTTP server on loopback that plays api.weixin.qq.com and counts, and a clock that stands."""

from __future__ import annotations

import threading
import time

from flask import Flask, jsonify, redirect, request
from werkzeug.serving import make_server

SECRET = "s3cretS3cretS3cretS3cretS3cret99"
OPENID = "oPatientOne"


class FakeWeChat:
    """As far as needed. `good`: tokens that work; `codes`: what to answer, by path; `busy`: how often -1 first."""

    def __init__(self):
        self.calls, self.tokens, self.good, self.codes = [], 0, set(), {}
        self.raw, self.busy, self.oauth, self.token_delay = {}, {}, {}, 0.0
        self.expires_in = 7200
        self.lock = threading.Lock()
        app = Flask("wechat")
        app.add_url_rule("/cgi-bin/stable_token", "token", self._token, methods=["POST"])
        app.add_url_rule("/cgi-bin/<path:path>", "call", self._call, methods=["GET", "POST"])
        app.add_url_rule("/sns/oauth2/access_token", "oauth", self._oauth)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def _token(self):
        body = request.get_json(force=True)
        assert not request.args
        time.sleep(self.token_delay)
        with self.lock:
            self.tokens += 1
            self.token_request = body
            if self.busy.get("stable_token"):
                self.busy["stable_token"] -= 1
                return jsonify(errcode=-1, errmsg="system busy")
            if "stable_token" in self.raw:
                return self.raw["stable_token"]
            if "stable_token" in self.codes:
                return jsonify(errcode=self.codes["stable_token"], errmsg="no")
            fresh = f"token-{self.tokens}"
            self.good = {fresh}
        return jsonify(access_token=fresh, expires_in=self.expires_in)

    def _call(self, path):
        with self.lock:
            self.calls.append((path, request.args.get("access_token"), request.get_data()))
            self.args = dict(request.args)
        if self.busy.get(path):
            self.busy[path] -= 1
            return jsonify(errcode=-1, errmsg="system busy")
        if path in self.raw:
            return self.raw[path]
        if path in self.codes:
            return jsonify(errcode=self.codes[path], errmsg="no")
        if request.args.get("access_token") not in self.good:
            return jsonify(errcode=40001, errmsg="invalid credential")
        return jsonify(errcode=0, errmsg="ok", msgid=420001)

    def _oauth(self):
        self.oauth_args = dict(request.args)
        if "redirect" in self.oauth:
            return redirect("/cgi-bin/elsewhere")
        return jsonify(self.oauth)


class FakeClock:
    def __init__(self):
        self.now = 1_790_000_000

    def seconds(self):
        return self.now

    def monotonic(self):
        return float(self.now)

    def sleep(self, seconds):
        self.now += seconds
