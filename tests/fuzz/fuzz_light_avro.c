/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an Avro file of photometry. */
#include "tests/fuzz/fuzz_light.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_light(data, size);
}
