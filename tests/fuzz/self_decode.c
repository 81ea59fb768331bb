/* Any bytes are a scenario, and its canonical bytes are the same scenario. */
#include "self.h"

#include "scenario/scenario.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ob_scenario first;
    static struct ob_scenario second;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    static uint8_t again[OB_SCENARIO_BYTES_MAX];
    size_t length;

    ob_scenario_decode(&self_vocabulary, data, size, &first);
    length = ob_scenario_encode(&self_vocabulary, &first, bytes, sizeof(bytes));
    SELF_CHECK(length % OB_RECORD_SIZE == 0);

    ob_scenario_decode(&self_vocabulary, bytes, length, &second);
    SELF_CHECK(second.message_count == first.message_count);
    SELF_CHECK(second.deviation_count == first.deviation_count);
    SELF_CHECK(second.payload_size == first.payload_size);
    SELF_CHECK(ob_scenario_encode(&self_vocabulary, &second, again, sizeof(again)) == length);
    SELF_CHECK(memcmp(bytes, again, length) == 0);
    return 0;
}
