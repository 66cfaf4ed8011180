/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command gave. */
#include "api/auspex_internal.h"

#include <stdlib.h>
#include <string.h>

void auspex_result_free(auspex_result *r)
{
    if (!r)
        return;
    for (int j = 0; j < r->series; j++)
        free(r->name[j]);
    for (size_t i = 0; i < r->files; i++) {
        free(r->file[i].name);
        free(r->file[i].bytes);
    }
    free(r->json);
    free(r->kind);
    free(r->frequency);
    free(r->name);
    free(r->band);
    free(r->time);
    free(r->values);
    free(r->file);
    free(r);
}

const char *auspex_result_json(const auspex_result *r)
{
    return r ? r->json : NULL;
}

const void *auspex_result_file(const auspex_result *r, const char *name, size_t *size)
{
    for (size_t i = 0; r && name && i < r->files; i++)
        if (strcmp(r->file[i].name, name) == 0) {
            if (size)
                *size = r->file[i].size;
            return r->file[i].bytes;
        }
    return NULL;
}

const char *auspex_result_kind(const auspex_result *r)
{
    return r ? r->kind : NULL;
}

const char *auspex_result_frequency(const auspex_result *r)
{
    return r ? r->frequency : NULL;
}

int auspex_result_steps(const auspex_result *r)
{
    return r ? r->steps : 0;
}

int auspex_result_series(const auspex_result *r)
{
    return r ? r->series : 0;
}

const char *auspex_result_series_name(const auspex_result *r, int series)
{
    return r && series >= 0 && series < r->series ? r->name[series] : NULL;
}

const int64_t *auspex_result_time_us(const auspex_result *r)
{
    return r && r->steps ? r->time : NULL;
}

int auspex_result_bands(const auspex_result *r)
{
    return r ? r->bands : 0;
}

const char *auspex_result_band_name(const auspex_result *r, int band)
{
    return r && band >= 0 && band < r->bands ? r->band[band] : NULL;
}

const double *auspex_result_values(const auspex_result *r, int band)
{
    return r && band >= 0 && band < r->bands ? r->values + (size_t)band * (size_t)r->steps * (size_t)r->series
                                             : NULL;
}
