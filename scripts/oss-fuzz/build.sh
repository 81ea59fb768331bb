#!/bin/bash -eu
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

# Every variant in which no violation is expected, and the fuzz targets of Offbeat's own parsers.
# OFFBEAT_CANARY=order/racy (or another TARGET/VARIANT, or all) adds variants that do fail: to see
# that the whole way from a crash to its report works.

offbeat=$SRC/offbeat

"$offbeat/scripts/oss-fuzz/build" "$offbeat" \
    --corpus "$offbeat/corpus" \
    --also fuzz_self_decode \
    --also fuzz_self_text="$offbeat/tests/bench/ladder/witness" \
    --also fuzz_self_archive="$offbeat/corpus"
