"""Where the gateway connects, and what it shows there. THREATS EGR-01 to EGR-06."""

import os
import shutil
import ssl
import subprocess
import tempfile

import upstream as provider_side
from dialects import BOTH, OPENAI, refused
from harness import (
    Gateway,
    gateway,
    grant,
    provider,
)
from suite import Skip, Suite, equal

suite = Suite("egress")
claim = suite.claim


@claim
def without_an_upstream_nothing_starts(g):
    """EGR-01."""
    other = Gateway(g.upstream)
    try:
        other.settings["providers"] = {}
        other.write()
        done = other.run("check", check=False)
        equal(done.returncode, 1, "exit code")
        assert "providers" in done.stdout + done.stderr, done
        done = other.run("serve", check=False)
        assert done.returncode != 0, done
    finally:
        other.stop()


@claim
def the_process_connects_to_configured_origins_only(g):
    """EGR-01: system calls of a gateway under mixed traffic, as strace sees them."""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    with tempfile.NamedTemporaryFile("r") as trace:
        wrap = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", trace.name]
        probe = subprocess.run([*wrap[:-1], "/dev/null", "true"], capture_output=True, text=True)
        if probe.returncode != 0:
            raise Skip(f"strace may not trace here: {probe.stderr.strip()[:80]}")
        upstream = provider_side.Upstream()
        with gateway(upstream, wrap=wrap) as other:
            for dialect in BOTH:
                dialect.ask(other)
                dialect.ask(other, dialect.body("see https://203.0.113.9/ and http://127.0.0.1:1/"))
                dialect.ask(other, dialect.body(api_base="http://127.0.0.1:1/"))
                with upstream.answering(
                    provider_side.Reply(307, headers=(("location", "http://127.0.0.1:1/"),))
                ):
                    dialect.ask(other)
            lines = trace.read().splitlines()
    to = [line for line in lines if "sin_port" in line or "sin6_port" in line]
    allowed = f'sin_port=htons({upstream.port}), sin_addr=inet_addr("127.0.0.1")'
    assert any(allowed in line for line in to), "the trace shows no connection at all"
    equal([line for line in to if allowed not in line], [], "other destinations")


@claim
def an_address_that_is_not_allowed_is_not_dialled(g):
    """EGR-02: names and literals that lead to loopback, without `allow_networks`: 502, no connection."""
    upstream = provider_side.Upstream()
    hosts = ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0", "2130706433"]
    reached = 0
    for host in hosts:
        entry = {
            "kind": "openai",
            "base_url": f"https://{host}:{upstream.port}",
            "credential": {"env": "E2E_UPSTREAM_KEY"},
        }
        other = Gateway(upstream, providers={"openai": entry}, grants=[grant("usual", ["openai/*"])])
        try:
            if other.run("check", check=False).returncode != 0:
                continue  # refused where it is written, which is earlier still
            other.start()
            refused(other, OPENAI, OPENAI.ask(other), 502, "upstream_address_refused")
            reached += 1
        finally:
            other.stop()
    upstream.close()
    equal(upstream.connections, 0, "connections")
    assert reached >= 1, "no host got as far as the dialler"


@claim
def a_redirect_is_not_followed(g):
    """EGR-03."""
    trap = provider_side.Upstream()
    for dialect in BOTH:
        for status in (301, 302, 303, 307, 308):
            reply = provider_side.Reply(status, b"{}", (("location", f"{trap.url}/v1/chat/completions"),))
            with g.upstream.answering(reply) as seen:
                answer = dialect.ask(g)
                refused(g, dialect, answer, 502, "upstream_redirect")
                equal(seen.count, 1, "requests at the provider")
                assert answer.get("location") is None, answer.headers
    trap.close()
    equal(trap.connections, 0, "connections to the other place")


@claim
def a_certificate_that_does_not_verify_ends_the_connection(g):
    """EGR-04: self-signed, expired, another name: 502 and no byte of HTTP; a good one passes."""
    folder = tempfile.mkdtemp(prefix="portcullis-tls-")
    try:
        made = certificates(folder)
        for name, status in (("good", 200), ("self-signed", 502), ("expired", 502), ("other-name", 502)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*made[name])
            upstream = provider_side.Upstream(tls=context)
            entry = provider("openai", f"https://localhost:{upstream.port}", ca_file=made["authority"])
            entry["allow_networks"] = ["127.0.0.0/8", "::1/128"]
            with gateway(
                upstream, providers={"openai": entry}, grants=[grant("usual", ["openai/*"])]
            ) as other:
                answer = OPENAI.ask(other)
                if status == 200:
                    equal(OPENAI.said(answer), "You said: hello", name)
                else:
                    refused(other, OPENAI, answer, 502, "upstream_tls")
                    equal(len(upstream.seen), 0, f"requests at a provider with a certificate that is {name}")
        for setting in ("insecure_skip_verify", "verify", "tls_verify", "insecure_tls"):
            other = Gateway(g.upstream)
            try:
                other.settings["providers"]["openai"][setting] = False
                other.write()
                equal(other.run("check", check=False).returncode, 1, f"check with {setting}")
            finally:
                other.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def certificates(folder):
    """An authority and four certificates, made with the openssl command."""
    if not shutil.which("openssl"):
        raise Skip("the openssl command is not installed")

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)

    def key(name):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def issue(name, host, days, signed=True):
        key(name)
        openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={host}", "-out", f"{name}.csr")
        with open(os.path.join(folder, f"{name}.ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
        by = (
            ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"]
            if signed
            else ["-signkey", f"{name}.key"]
        )
        openssl(
            "x509",
            "-req",
            "-in",
            f"{name}.csr",
            *by,
            "-days",
            days,
            "-extfile",
            f"{name}.ext",
            "-out",
            f"{name}.pem",
        )
        return os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key")

    key("authority")
    openssl(
        "req",
        "-x509",
        "-new",
        "-key",
        "authority.key",
        "-subj",
        "/CN=e2e",
        "-days",
        "2",
        "-out",
        "authority.pem",
    )
    return {
        "authority": os.path.join(folder, "authority.pem"),
        "good": issue("good", "localhost", "2"),
        "self-signed": issue("self", "localhost", "2", signed=False),
        "expired": issue("expired", "localhost", "-1"),
        "other-name": issue("other", "other.example", "2"),
    }


@claim
def ambient_proxy_settings_are_ignored(g):
    """EGR-06."""
    trap, upstream = provider_side.Upstream(), provider_side.Upstream()
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")
    with gateway(upstream, environment={name: trap.url for name in names} | {"NO_PROXY": ""}) as other:
        for dialect in BOTH:
            equal(dialect.said(dialect.ask(other)), "You said: hello", dialect.name)
    trap.close()
    equal(trap.connections, 0, "connections to the proxy")


@claim
def what_the_gateway_sends_names_neither_caller_nor_route(g):
    """HTP-06, HTP-07 in part: header fields towards the provider are an allow-list."""
    given = [
        ("x-forwarded-for", "198.51.100.7"),
        ("via", "1.1 x"),
        ("traceparent", "00-" + "a" * 32 + "-" + "b" * 16 + "-01"),
        ("baggage", "a=b"),
        ("cookie", "a=b"),
        ("x-foo", "bar"),
        ("origin-agent", "x"),
        ("referer", "https://x.example/"),
    ]
    for dialect in BOTH:
        with g.upstream.answering(provider_side.usual) as seen:
            dialect.ask(g, headers=given)
        names = {name for name, _ in seen.only.headers}
        equal(names & {name for name, _ in given}, set(), "header fields that crossed")
        equal(seen.only.get("accept-encoding"), "identity", "accept-encoding")
        equal(len(seen.only.all("host")), 1, "host fields")


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
