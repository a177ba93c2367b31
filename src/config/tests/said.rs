//! Broken files and what `check` says about them, word for word.

/// A small configuration without faults; tests bend it.
pub(super) const GOOD: &str = "\
listen:
  data:
    address: 127.0.0.1:8080
providers:
  openai:
    kind: openai
    credential: { env: OPENAI_API_KEY }
    default: true
identity:
  keys: { file: keys.yaml }
grants:
  - name: everyone
    teams: [science]
    models: [openai/gpt-4o-mini]
audit:
  otlp: none
";

/// What is changed in [`GOOD`], and what `check` prints then.
pub(super) const TABLE: &[(&str, &str, &str)] = &[
    (
        "kind: openai",
        "kind: opnai",
        "\
portcullis.yaml:6:11  providers.openai.kind  `opnai`
  is not a kind of provider; write `openai`, `openai-compatible` or `anthropic`

1 fault
",
    ),
    (
        "kind: openai",
        "knd: openai",
        "\
portcullis.yaml:6:5  providers.openai.knd  `knd`
  is not a key here; did you mean `kind`?

1 fault
",
    ),
    (
        "    kind: openai\n",
        "",
        "\
portcullis.yaml:5:3  providers.openai.kind
  is missing; add `kind:`, the dialect it speaks: `openai`, `openai-compatible` or `anthropic`

1 fault
",
    ),
    (
        "default: true",
        "default: yes",
        "\
portcullis.yaml:8:14  providers.openai.default  `yes`
  is text, not a truth value; write `true` or `false`

1 fault
",
    ),
    (
        "default: true",
        "default: true\n    timeout: 5",
        "\
portcullis.yaml:9:5  providers.openai.timeout  `timeout`
  is not a key here; the keys here are `kind`, `base_url`, `allow_networks`, `credential`, `default`, `organization`, `project`, `ca_file` and `insecure_plain_http`

1 fault
",
    ),
    (
        "[science]",
        "science",
        "\
portcullis.yaml:13:12  grants[0].teams  `science`
  is text, not a list; write `[science]`

1 fault
",
    ),
    (
        "teams: [science]",
        "teams:",
        "\
portcullis.yaml:13:5  grants[0].teams
  is empty; write a list such as `[one, two]`, or remove the line

1 fault
",
    ),
    (
        "kind: openai",
        "kind: 4\n    ca_file:",
        "\
portcullis.yaml:6:11  providers.openai.kind  `4`
  is a number, not text; write `\"4\"`, in quotes

portcullis.yaml:6:11  providers.openai.kind  `4`
  is not a kind of provider; write `openai`, `openai-compatible` or `anthropic`

2 faults
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "nome",
        "\
portcullis.yaml:7:17  providers.openai.credential
  is none of the ways to write this; write `{ env: ... }`, `{ file: ... }` or `none`

1 fault
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{ evn: OPENAI_API_KEY }",
        "\
portcullis.yaml:7:19  providers.openai.credential.evn  `evn`
  is not a key here; did you mean `env`?

1 fault
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{ env: EMPTY, file: B }",
        "\
portcullis.yaml:7:24  providers.openai.credential.env  `EMPTY`
  is set to nothing; set `EMPTY` for the user that runs the gateway

portcullis.yaml:7:31  providers.openai.credential.file  `file`
  is not a key here; the keys here are `env`

2 faults
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{}",
        "\
portcullis.yaml:7:5  providers.openai.credential
  is none of the ways to write this; write `{ env: ... }`, `{ file: ... }` or `none`

1 fault
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{ env: SAMPLE }",
        "\
portcullis.yaml:7:24  providers.openai.credential.env  `SAMPLE`
  is set to a placeholder; set `SAMPLE` for the user that runs the gateway

1 fault
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{ env: EMPTY }",
        "\
portcullis.yaml:7:24  providers.openai.credential.env  `EMPTY`
  is set to nothing; set `EMPTY` for the user that runs the gateway

1 fault
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{ env: ABSENT }",
        "\
portcullis.yaml:7:24  providers.openai.credential.env  `ABSENT`
  is not set in the environment; set `ABSENT` for the user that runs the gateway

1 fault
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{ env: sk-proj-4f9aQ }",
        "\
portcullis.yaml:7:24  providers.openai.credential.env
  is not the name of an environment variable; write the name, such as `OPENAI_API_KEY`, and keep the credential out of this file

1 fault
",
    ),
    (
        "{ env: OPENAI_API_KEY }",
        "{ file: ./absent.key }",
        "\
portcullis.yaml:7:25  providers.openai.credential.file  `absent.key`
  there is no such file; create it, or correct the path

1 fault
",
    ),
    (
        "otlp: none",
        "otlp: nome",
        "\
portcullis.yaml:16:9  audit.otlp  `nome`
  is none of the ways to write this; write `{ endpoint: ... }` or `none`

1 fault
",
    ),
    (
        "otlp: none",
        "otlp: { endpoint: \"127.0.0.1:4318\" }",
        "\
portcullis.yaml:16:21  audit.otlp.endpoint  `127.0.0.1:4318`
  is not the base address of a collector; write `http://host:4318` or `https://host:4318`

1 fault
",
    ),
    (
        "otlp: none",
        "otlp: none\n  spool: { max_bytes: 10GB }",
        "\
portcullis.yaml:17:23  audit.spool.max_bytes  `10GB`
  is not a size; write bytes, or a number with KiB, MiB or GiB

1 fault
",
    ),
    (
        "otlp: none",
        "otlp: none\n  spool: { max_bytes: -1 }",
        "\
portcullis.yaml:17:23  audit.spool.max_bytes  `-1`
  is none of the ways to write this; write a whole number such as `600` or text

1 fault
",
    ),
    (
        "  otlp: none\n",
        "",
        "\
portcullis.yaml:15:1  audit
  is empty; write `{ otlp: ... }`

1 fault
",
    ),
    (
        "audit:\n  otlp: none\n",
        "",
        "\
portcullis.yaml:1:1  audit
  is missing; add `audit:`, where the record of every request goes

1 fault
",
    ),
    (
        "openai/gpt",
        "opnai/gpt",
        "\
portcullis.yaml:14:14  grants[0].models[0]  `opnai/gpt-4o-mini`
  names a provider that is not below `providers`; did you mean `openai`?

1 fault
",
    ),
    (
        "  openai:\n",
        "  v1:\n",
        "\
portcullis.yaml:5:3  providers.v1  `v1`
  is how paths of the default provider begin (`/v1/...`); rename it

portcullis.yaml:14:14  grants[0].models[0]  `openai/gpt-4o-mini`
  names a provider that is not below `providers`; there is `v1`

2 faults
",
    ),
    (
        "  openai:\n",
        "  ..:\n",
        "\
portcullis.yaml:5:3  providers...  `..`
  is no name but a way up in a path; rename it

portcullis.yaml:14:14  grants[0].models[0]  `openai/gpt-4o-mini`
  names a provider that is not below `providers`; there is `..`

2 faults
",
    ),
    (
        "  openai:\n",
        "  open ai:\n",
        "\
portcullis.yaml:5:3  providers.open ai  `open ai`
  cannot be a name: a provider name is 1 to 64 characters of letters, digits, `-`, `_` and `.`; rename it

portcullis.yaml:14:14  grants[0].models[0]  `openai/gpt-4o-mini`
  names a provider that is not below `providers`; did you mean `open ai`?

2 faults
",
    ),
    (
        "providers:\n  openai:\n    kind: openai\n    credential: { env: OPENAI_API_KEY }\n    default: true\n",
        "providers: {}\n",
        "\
portcullis.yaml:4:1  providers
  names no provider, so there is nothing to protect; write a name and its settings below it

1 fault
",
    ),
    (
        "providers:\n  openai:\n    kind: openai\n    credential: { env: OPENAI_API_KEY }\n    default: true\n",
        "provider:\n",
        "\
portcullis.yaml:4:1  provider  `provider`
  is not a key here; did you mean `providers`?

portcullis.yaml:4:1  providers
  is empty; write a name and its settings below it

2 faults
",
    ),
    (
        "default: true\n",
        "default: true\n  second: { kind: openai, credential: none, default: true }\n",
        "\
portcullis.yaml:9:54  providers.second.default  `true`
  is one default too many, `openai` is the default already; keep `default: true` on one provider

1 fault
",
    ),
    (
        "name: everyone",
        "name: 17",
        "\
portcullis.yaml:12:11  grants[0].name  `17`
  is a number, not text; write `\"17\"`, in quotes

1 fault
",
    ),
    (
        "name: everyone",
        "name: every one",
        "\
portcullis.yaml:12:11  grants[0].name  `every one`
  cannot be a name: a grant name is 1 to 64 characters of letters, digits, `-`, `_` and `.`; rename it

1 fault
",
    ),
    (
        "name: everyone",
        "name: everyone\n    redaction: stict",
        "\
portcullis.yaml:13:16  grants[0].redaction  `stict`
  is not a redaction profile; did you mean `strict`?

1 fault
",
    ),
    (
        "name: everyone",
        "name: everyone\n    limits: { requests_per_minute: 1.5, concurent: 3 }",
        "\
portcullis.yaml:13:36  grants[0].limits.requests_per_minute  `1.5`
  is not a whole number in the range allowed here; write a whole number such as `600`

portcullis.yaml:13:41  grants[0].limits.concurent  `concurent`
  is not a key here; did you mean `concurrent`?

2 faults
",
    ),
    (
        "name: everyone",
        "name: everyone\n    name: other",
        "\
portcullis.yaml:13:5  grants[0].name  `name`
  stands here twice, first on line 12; keep one of them

1 fault
",
    ),
    (
        "grants:\n",
        "grants:\n  - { name: everyone, models: [openai/*] }\n",
        "\
portcullis.yaml:12:5  grants[0]
  is for nobody; add `teams: [...]` or `callers: [...]`

portcullis.yaml:13:11  grants[1].name  `everyone`
  is the name of `grants[0]` too; give each grant a name of its own

2 faults
",
    ),
    (
        "file: keys.yaml",
        "file: ~/keys.yaml",
        "\
portcullis.yaml:10:17  identity.keys.file  `~/keys.yaml`
  begins with `~`, which only a shell understands; write the path out

1 fault
",
    ),
    (
        "file: keys.yaml",
        "file: ''",
        "\
portcullis.yaml:10:17  identity.keys.file  ``
  is empty; write a path

1 fault
",
    ),
    (
        "audit:",
        "quota: { redis: \"redis://127.0.0.1\" }\npolicy: { files: [absent.cedar] }\naudit:",
        "\
portcullis.yaml:15:17  quota.redis  `redis://127.0.0.1`
  is not available in this version; write `quota: { store: local }`

portcullis.yaml:16:19  policy.files[0]  `absent.cedar`
  there is no such file; create it, or correct the path

2 faults
",
    ),
    (
        "listen:\n",
        "listen:\n  admin: { address: 127.0.0.1:9090 }\n",
        "\
portcullis.yaml:2:3  listen.admin
  is not available in this version; remove this section

1 fault
",
    ),
    (
        "listen:\n",
        "state_dir: [a]\nlisten:\n",
        "\
portcullis.yaml:1:1  state_dir
  is a list, not text; write text

1 fault
",
    ),
];

/// Whole files that are no document, and what `check` prints.
pub(super) const SYNTAX: &[(&str, &str)] = &[
    (
        "",
        "\
portcullis.yaml:1:1
  the file is empty; start from `config/portcullis.yaml`

1 fault
",
    ),
    (
        "# nothing\n",
        "\
portcullis.yaml:1:1
  the file is empty; start from `config/portcullis.yaml`

1 fault
",
    ),
    (
        "just text\n",
        "\
portcullis.yaml:1:1  `just text`
  is text, not a section; write `{ listen: ..., providers: ..., identity: ..., audit: ... }`

1 fault
",
    ),
    (
        "- a\n",
        "\
portcullis.yaml:1:1
  is a list, not a section; write `{ listen: ..., providers: ..., identity: ..., audit: ... }`

1 fault
",
    ),
    (
        "listen:\n\tdata: {}\n\tprobes: {}\n",
        "\
portcullis.yaml:2:1
  a tab indents this line; write spaces

portcullis.yaml:3:1
  a tab indents this line; write spaces

2 faults
",
    ),
    (
        "listen: &a {}\naudit: {otlp: none}\nidentity: *a\nproviders: {}\n",
        "\
portcullis.yaml:1:1  listen.data
  is missing; add `data:`, where callers come in

portcullis.yaml:1:12  listen
  carries a YAML anchor; remove the `&name` before it

portcullis.yaml:3:11  identity
  is a YAML alias; write the value out

portcullis.yaml:4:1  providers
  names no provider, so there is nothing to protect; write a name and its settings below it

4 faults
",
    ),
    (
        "listen: \"127\n",
        "\
portcullis.yaml:1:9
  is not YAML: unclosed quote; close the quote

1 fault
",
    ),
    (
        "listen: a: b\n",
        "\
portcullis.yaml:1:10
  is not YAML: mapping values are not allowed in this context; put a value with `: ` in quotes, or look at the indentation of this line

1 fault
",
    ),
    (
        "listen: [a\n",
        "\
portcullis.yaml:1:9
  is not YAML: unclosed bracket '['; close it with `}` or `]`

1 fault
",
    ),
    (
        "%YAML 1.1\n---\na: b\n",
        "\
portcullis.yaml:1:1
  is not YAML: YAML directives are disallowed; remove the line that begins with `%`

1 fault
",
    ),
    (
        "a: b\n---\nc: d\n",
        "\
portcullis.yaml:1:1  a  `a`
  is not a key here; the keys here are `listen`, `state_dir`, `secrets`, `providers`, `identity`, `grants`, `policy`, `redaction`, `quota` and `audit`

portcullis.yaml:1:1  audit
  is missing; add `audit:`, where the record of every request goes

portcullis.yaml:1:1  identity
  is missing; add `identity:`, how callers prove who they are

portcullis.yaml:1:1  listen
  is missing; add `listen:`, the ports

portcullis.yaml:1:1  providers
  is missing; add `providers:`, the upstreams, by the name that stands first in a path

portcullis.yaml:2:1
  a second document begins here; keep one document in a file and remove this `---`

6 faults
",
    ),
    (
        "listen:\n  data: {}\n probes: {}\n",
        "\
portcullis.yaml:3:2
  is not YAML: while parsing a block mapping, did not find expected key; look at the indentation, quotes and brackets of this line and the one before

1 fault
",
    ),
    (
        "listen: !x { data: { address: 127.0.0.1:8080 } }\n? [a]\n: b\nproviders: {}\nidentity: { keys: { file: k } }\naudit: { otlp: none }\n",
        "\
portcullis.yaml:1:12  listen
  carries a YAML tag; remove the `!tag` before it

portcullis.yaml:2:3  ?
  is a key that is not text; write a name

portcullis.yaml:4:1  providers
  names no provider, so there is nothing to protect; write a name and its settings below it

3 faults
",
    ),
    (
        "listen: \"a\\tb\"\n",
        "\
portcullis.yaml:1:1  audit
  is missing; add `audit:`, where the record of every request goes

portcullis.yaml:1:1  identity
  is missing; add `identity:`, how callers prove who they are

portcullis.yaml:1:1  providers
  is missing; add `providers:`, the upstreams, by the name that stands first in a path

portcullis.yaml:1:9  listen
  contains a tab or another control character; remove it

portcullis.yaml:1:9  listen  `a�b`
  is text, not a section; write `{ data: ... }`

5 faults
",
    ),
    (
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "\
portcullis.yaml:1:33
  is not YAML: recursion limit exceeded; look at the indentation, quotes and brackets of this line and the one before

1 fault
",
    ),
];

/// A file with faults of every stage.
pub(super) const MANY: &str = "\
listen:
  data:
    adress: 127.0.0.1:8080
state_dir: ~/state
providers:
  openai:
    kind: opnai
    credential: { env: OPENAI_API_KEY }
    default: true
  openai:
    kind: openai
  anthropic:
    kind: anthropic
    credential: { env: ABSENT }
    default: yes
  local:
    kind: openai
    credential: none
    default: true
grants:
  - name: everyone
    teams: science
    models: [openai/*]
  - name: science
    models: [anthropc/claude-*, local/*]
    redaction: stric
  - name: science
    models: [openai/*]
audit:
  otlp: none
  spool: { max_bytes: 10GB }
";

/// What `check` prints about it.
pub(super) const MANY_SAID: &str = "\
portcullis.yaml:1:1  identity
  is missing; add `identity:`, how callers prove who they are

portcullis.yaml:3:5  listen.data.adress  `adress`
  is not a key here; did you mean `address`?

portcullis.yaml:4:12  state_dir  `~/state`
  begins with `~`, which only a shell understands; write the path out

portcullis.yaml:7:11  providers.openai.kind  `opnai`
  is not a kind of provider; write `openai`, `openai-compatible` or `anthropic`

portcullis.yaml:10:3  providers.openai  `openai`
  stands here twice, first on line 6; keep one of them

portcullis.yaml:14:24  providers.anthropic.credential.env  `ABSENT`
  is not set in the environment; set `ABSENT` for the user that runs the gateway

portcullis.yaml:15:14  providers.anthropic.default  `true`
  is one default too many, `openai` is the default already; keep `default: true` on one provider

portcullis.yaml:15:14  providers.anthropic.default  `yes`
  is text, not a truth value; write `true` or `false`

portcullis.yaml:19:14  providers.local.default  `true`
  is one default too many, `openai` is the default already; keep `default: true` on one provider

portcullis.yaml:22:12  grants[0].teams  `science`
  is text, not a list; write `[science]`

portcullis.yaml:24:5  grants[1]
  is for nobody; add `teams: [...]` or `callers: [...]`

portcullis.yaml:25:14  grants[1].models[0]  `anthropc/claude-*`
  names a provider that is not below `providers`; did you mean `anthropic`?

portcullis.yaml:26:16  grants[1].redaction  `stric`
  is not a redaction profile; did you mean `strict`?

portcullis.yaml:27:5  grants[2]
  is for nobody; add `teams: [...]` or `callers: [...]`

portcullis.yaml:27:11  grants[2].name  `science`
  is the name of `grants[1]` too; give each grant a name of its own

portcullis.yaml:31:23  audit.spool.max_bytes  `10GB`
  is not a size; write bytes, or a number with KiB, MiB or GiB

16 faults
";
