#!/usr/bin/env bash
# 演示 / the demo: installs what is missing, builds, and runs three agencies, a bank and a broker of their own.
# Arguments go to `jiexu demo`, for example: deploy/demo.sh --once
set -euo pipefail

readonly rust_needed=1.95
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
readonly root

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "需要 root 权限以安装软件包：$* / root is needed to install: $*" >&2
        exit 1
    fi
}

missing=()
[[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || missing+=(rabbitmq-server)
command -v cc >/dev/null || missing+=(build-essential)
if ! command -v cargo >/dev/null && [[ -x $HOME/.cargo/bin/cargo ]]; then
    PATH=$HOME/.cargo/bin:$PATH
fi

if ((${#missing[@]})); then
    if ! command -v apt-get >/dev/null; then
        echo "请先安装 / please install first: ${missing[*]}" >&2
        exit 1
    fi
    echo "安装 / installing: ${missing[*]}"
    as_root apt-get update -q
    # The package would start a broker of the system's own; the demo starts its private one and needs no other.
    as_root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

if ! command -v cargo >/dev/null; then
    echo "未找到 cargo：请安装 Rust $rust_needed 或更新版本（https://rustup.rs），然后重新运行。" >&2
    echo "cargo is missing: install Rust $rust_needed or newer (https://rustup.rs) and run this again." >&2
    exit 1
fi
rust_found=$(rustc --version | cut -d ' ' -f 2)
# `sort -V` puts the older version first.
if [[ $(printf '%s\n' "$rust_needed" "$rust_found" | sort -V | head -n 1) != "$rust_needed" ]]; then
    echo "Rust $rust_found 过旧：需要 $rust_needed 或更新版本（rustup update stable）。" >&2
    echo "Rust $rust_found is too old: $rust_needed or newer is needed (rustup update stable)." >&2
    exit 1
fi

cargo build --release --locked --manifest-path "$root/Cargo.toml" --bin jiexu --example demo-bank
exec "${CARGO_TARGET_DIR:-$root/target}/release/jiexu" demo "$@"
