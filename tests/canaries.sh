#!/usr/bin/env bash
# G17: eight bugs, planted one at a time (src/fault/canary.rs). A test must fail of each and name what went wrong; without the
# bug the same test must pass. A canary that survives fails the run. One JSON line at the end.
#   tests/canaries.sh [canary …]      JIEXU_STRICT=1: each must be caught within 60 s
# Needs what tests/run.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
begun=$SECONDS
limit=60

# canary | test | only these stories | what the failure must say | the bug in words
canaries() {
  cat <<'TABLE'
mark-before-confirm|loops::a_letter_that_the_broker_did_not_confirm_goes_again||marked as reached, and the broker has lost the letter|发出即记为送达 / marked as reached before the broker confirmed
ack-before-commit|loops::a_delivery_stays_the_brokers_until_it_is_committed||neither with the broker nor in the inbox|提交之前确认 / acknowledged before the commit
no-dedupe|loops::a_copy_that_came_before_the_commit_is_found_in_the_inbox||a copy of a known message was not recognised|不查已收消息 / known messages are not looked up
dedupe-outside-tx|loops::what_failed_half_way_is_not_known_as_taken||the inbox calls a message taken|去重不在同一事务 / what is taken is written in a transaction of its own
trust-plain-ack|transport::conformance::rabbitmq_conforms||Unroutable|轻信确认 / a confirm counts although the letter came back
purge-effect-keys|scenarios::every_story|01|every posting has its once-only key|删除一次性键 / once-only keys are deleted
credit-from-notice|scenarios::every_story|32|REMITTED: found \["COMPLETED CREDITED -"\]|见通知即入账 / credited from the notice
completion-before-commit|loops::no_message_is_handed_on_before_it_is_committed||on their way without a commit|提交之前发出 / handed to the relay before the commit
TABLE
}

tests=$(cargo test --locked --no-run --test it 2>&1 | tee >(cat >&2) | sed -n 's/^ *Executable .*(\(.*\))$/\1/p')
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs one test, with one canary or none; what it said is in the log.
try() { # canary or nothing, test, stories
  (
    if [ -n "$1" ]; then export JIEXU_CANARY="$1"; fi
    if [ -n "$3" ]; then export JIEXU_STORY="$3"; fi
    "$tests" --nocapture "$2"
  ) >"$log" 2>&1
}

count=0
survivors=0
slowest=0
while IFS='|' read -r canary name stories why words <&3; do
  if [ "$#" -gt 0 ] && [[ " $* " != *" $canary "* ]]; then continue; fi
  count=$((count + 1))
  took=0
  verdict=""
  if ! try "" "$name" "$stories" || ! grep -q '^test result: ok. [1-9]' "$log"; then
    verdict="没有它测试也不通过 / the test fails without it"
  else
    from=$SECONDS
    if try "$canary" "$name" "$stories"; then
      verdict="未被发现 / NOT NOTICED"
    elif ! grep -q -- "$why" "$log"; then
      verdict="测试因别的原因失败 / the test failed of something else"
    fi
    took=$((SECONDS - from))
    if [ "$took" -gt "$slowest" ]; then slowest=$took; fi
    if [ -n "${JIEXU_STRICT:-}" ] && [ "$took" -gt "$limit" ]; then verdict="用时 $took 秒 / took $took s"; fi
  fi
  if [ -n "$verdict" ]; then
    survivors=$((survivors + 1))
    tail -n 40 "$log" >&2
  fi
  printf '%-26s %s\n%26s %s\n' "$canary" "${verdict:-已发现 / caught}, $took s" "" "$words; $name $stories"
done 3< <(canaries)

printf '{"goal":"G17","seed":0,"commit":"%s","conditions":"%s cores, debug build, one canary a run","count":%d,"violations":%d,"slowest_seconds":%d,"seconds":%d}\n' \
  "$(git describe --always --dirty)" "$(nproc)" "$count" "$survivors" "$slowest" "$((SECONDS - begun))"
[ "$survivors" = 0 ] && [ "$count" -gt 0 ]
