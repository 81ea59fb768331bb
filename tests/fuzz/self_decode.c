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
    SELF_CHECK(whole_records_only, length % OB_RECORD_SIZE == 0);

    ob_scenario_decode(&self_vocabulary, bytes, length, &second);
    SELF_CHECK(no_message_vanishes, second.message_count == first.message_count);
    SELF_CHECK(deviations_kept, second.deviation_count == first.deviation_count);
    SELF_CHECK(bytes_carried_along, second.payload_size == first.payload_size);
    SELF_CHECK(same_size_again,
               ob_scenario_encode(&self_vocabulary, &second, again, sizeof(again)) == length);
    SELF_CHECK(canonical_form_is_stable, memcmp(bytes, again, length) == 0);
    return 0;
}
