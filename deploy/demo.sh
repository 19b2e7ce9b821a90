#!/usr/bin/env bash
# 演示 / the demo: installs what is missing, builds, and runs four agencies, a bank and a broker of their own.
# Arguments go to `jiexu demo`, for example: deploy/demo.sh --once
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
. "$root/deploy/install.sh"
install_packages
need_cargo
cargo build --release --locked --manifest-path "$root/Cargo.toml" --bins
exec "${CARGO_TARGET_DIR:-$root/target}/release/jiexu" demo "$@"
