/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published networks by their folders: kind, settings, and as candidates of a choice. */
#include "forecast/forecasters/choice/candidate.h"

static int set(const fc_kind *kind, void *config, const char *name, const char *text, nn_error *error)
{
    return nn_option_set(nn_option_find(kind->options, name), config, text, error);
}

int fc_pretrained_settings(const fc_kind **kind, void **config, const char *folder, nn_error *error)
{
    const fc_pretrained_kind *network;
    *config = NULL;
    int code = fc_pretrained_folder_kind(&network, folder, error);
    *kind = code ? NULL : fc_kind_find(network->name);
    if (!code)
        code = fc_kind_config(config, *kind, error);
    if (!code)
        code = set(*kind, *config, "init", folder, error);
    return code ? code : set(*kind, *config, "tune", "0", error);
}

int fc_pretrained_candidate_open(fc_pretrained_candidate *c, const char *folder, nn_error *error)
{
    void *config;
    *c = (fc_pretrained_candidate){0};
    if (!folder || !*folder)
        return NN_OK;
    int code = fc_pretrained_settings(&c->kind, &config, folder, error);
    if (c->kind)
        c->named = (fc_named){c->kind->name, c->kind->forecaster, config};
    return code ? code : fc_pretrained_open(&c->network, folder, NULL, false, error);
}

void fc_pretrained_candidate_clear(fc_pretrained_candidate *c)
{
    if (c->kind)
        fc_kind_config_free((void *)(size_t)c->named.config, c->kind);
    fc_pretrained_free(c->network);
    *c = (fc_pretrained_candidate){0};
}
