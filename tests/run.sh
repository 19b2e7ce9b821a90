#!/usr/bin/env bash
# Passes the tests on a Debian machine: installs what is missing, then formatting, lints, protocol files and every test
# against a real, private RabbitMQ. Leaves nothing running.
set -euo pipefail
cd "$(dirname "$0")/.."
started=$SECONDS

# The step that begins, and how long the one before took.
step="" since=$SECONDS
say() {
  if [ -n "$step" ]; then printf '\n-- %s: %d s\n' "$step" "$((SECONDS - since))"; fi
  step=$1 since=$SECONDS
  printf '\n== %s (%d s)\n' "$1" "$((SECONDS - started))"
}

say "安装依赖 / what must be installed"
. deploy/install.sh
install_packages
need_cargo
# The tests' own disk is mounted by FUSE (tests/disk); a bare system may lack the device file.
[ -e /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229

say "格式 / formatting"
cargo fmt --check

say "静态检查 / lints"
cargo clippy --locked --all-targets -- -D warnings
# Built by a command of its own: its lock file must keep up all the same.
cargo metadata --locked --format-version 1 --manifest-path tests/fuzz/Cargo.toml >/dev/null

say "协议文件 / protocol files"
lint_protos

say "测试 / tests"
# One broker per test process: cargo test runs all of them in one.
cargo test --locked --all-targets -- --skip faults::

say "故障 / faults"
# Beside no other test: each goal measures how long things take. They mostly wait, so that four share two cores well.
cargo test --locked --test it -- --test-threads=4 faults::
tests/canaries.sh

say "完成 / done"
