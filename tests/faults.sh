#!/usr/bin/env bash
# Faults, goal by goal; each prints one JSON line. What is violated fails the run.
#   tests/faults.sh gate      the short form that belongs to tests/run.sh (about 5 minutes on 2 cores)
#   tests/faults.sh full      every goal in its long form (hours)
#   tests/faults.sh G1|G3|G4|G5|G6|G7|G9|G10|G11|G12|G13|G15|G17|G20|G21  one goal in its long form
# JIEXU_SEED=n replays; JIEXU_KILLS, JIEXU_TRANSFERS, JIEXU_HITS, JIEXU_BROKER_KILLS, JIEXU_FREEZES,
# JIEXU_CLUSTER_STEPS, JIEXU_OPERATOR_ROUNDS, JIEXU_WIRE_SEEDS, JIEXU_RESTORES, JIEXU_LARGE_RESTORES, JIEXU_IMAGES,
# JIEXU_POWER_CUTS, JIEXU_POWER_PEOPLE, JIEXU_DISK_GROWTH and JIEXU_SOAK_SECONDS set how much.
# JIEXU_STORE says where the agencies keep their data; there is sqlite, which is taken without it.
# Needs what tests/run.sh installs; G5 also iproute2, which it installs, and root.
set -euo pipefail
cd "$(dirname "$0")/.."

run() { # build, test name, more for the test program
  cargo test $1 --locked --test it -- --nocapture "faults::$2" ${3:-} | tee >(cat >&2) | grep -o '{.*"goal":.*}'
}

one() {
  export JIEXU_STRICT=1
  case "$1" in
    G1) JIEXU_KILLS="${JIEXU_KILLS:-1000}" JIEXU_TRANSFERS="${JIEXU_TRANSFERS:-100000}" run --release kills:: ;;
    G3) JIEXU_HITS="${JIEXU_HITS:-5}" run --release points:: ;;
    G4 | G22) JIEXU_BROKER_KILLS="${JIEXU_BROKER_KILLS:-30}" JIEXU_FREEZES="${JIEXU_FREEZES:-5}" run --release broker::
      JIEXU_OPERATOR_ROUNDS="${JIEXU_OPERATOR_ROUNDS:-10}" run --release operators:: ;;
    # Not in the gate: network namespaces need root.
    G5) . deploy/install.sh
      command -v ip >/dev/null || install_packages iproute2
      JIEXU_CLUSTER_STEPS="${JIEXU_CLUSTER_STEPS:-60}" run --release cluster:: --ignored ;;
    G6) JIEXU_WIRE_SEEDS="${JIEXU_WIRE_SEEDS:-20}" run --release wire:: ;;
    # Its short form is tests/it/simulation.rs, with every run of the suite.
    G7) JIEXU_SEEDS="${JIEXU_SEEDS:-20000}" cargo test --release --locked --test it -- --nocapture simulation::whatever ;;
    G9) JIEXU_RESTORES="${JIEXU_RESTORES:-20}" run --release restores::
      JIEXU_RESTORES="${JIEXU_LARGE_RESTORES:-4}" JIEXU_RESTORE_CASES="${JIEXU_RESTORE_CASES:-100000}" run --release restores:: ;;
    G10) JIEXU_IMAGES="${JIEXU_IMAGES:-500}" JIEXU_POWER_CUTS="${JIEXU_POWER_CUTS:-20}" \
      JIEXU_POWER_PEOPLE="${JIEXU_POWER_PEOPLE:-400}" run --release power:: ;;
    G11) JIEXU_DISK_GROWTH="${JIEXU_DISK_GROWTH:-0}" run --release failing:: ;;
    # Short forms of these two run with every run of the suite.
    G12) JIEXU_FLIPS="${JIEXU_FLIPS:-2000}" cargo test --release --locked --test it -- --nocapture flips:: ;;
    G20) JIEXU_EDITS="${JIEXU_EDITS:-1000}" cargo test --release --locked --test it -- --nocapture tamper:: ;;
    # Its short form is tests/it/upgrade.rs, with every run of the suite.
    G13) tests/upgrade.sh try ;;
    G15) tests/fuzz.sh "${JIEXU_FUZZ_SECONDS:-60}" ;;
    G17) tests/canaries.sh ;;
    G21) JIEXU_SOAK_SECONDS="${JIEXU_SOAK_SECONDS:-600}" run --release soak:: ;;
    *) echo "没有这个目标 / no such goal: $1 (gate, full, G1, G3, G4, G5, G6, G7, G9, G10, G11, G12, G13, G15, G17, G20, G21)" >&2; exit 2 ;;
  esac
}

case "${1:-gate}" in
  gate) run "" "" --test-threads=4 ;;
  full) for goal in G1 G3 G4 G5 G6 G7 G9 G10 G11 G12 G13 G15 G17 G20 G21; do one "$goal"; done ;;
  *) one "$1" ;;
esac
