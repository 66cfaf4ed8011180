/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists the kinds of model and finds them by name. */
#include "forecast/models/registry.h"

#include "lib/base/memory.h"
#include "lib/base/options.h"

#include <stdlib.h>
#include <string.h>

#define NETWORK(name)    &fc_##name,
#define FORECASTER(name) &fc_##name,
static const fc_kind *const kinds[] = {
#include "forecast/models/kinds.inc"
};
#undef NETWORK
#undef FORECASTER

const fc_kind *fc_kind_at(int index)
{
    int count = (int)(sizeof kinds / sizeof *kinds);
    return index >= 0 && index < count ? kinds[index] : NULL;
}

const fc_kind *fc_kind_find(const char *name)
{
    for (int i = 0; fc_kind_at(i); i++)
        if (strcmp(fc_kind_at(i)->name, name) == 0)
            return fc_kind_at(i);
    return NULL;
}

int fc_kind_config(void **config, const fc_kind *kind, nn_error *error)
{
    *config = calloc(1, kind->config_size + 1);
    return *config ? nn_options_default(kind->options, *config, error) : nn_no_memory(error);
}

void fc_kind_config_free(void *config, const fc_kind *kind)
{
    if (config)
        nn_options_clear(kind->options, config);
    free(config);
}
