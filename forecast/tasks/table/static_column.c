/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model's file holds of a static column. */
#include "forecast/tasks/table/static_column.h"

#define FIELD(name) offsetof(fc_static_column, name)
const fc_field fc_static_fields[] = {{"column", FC_STRING, 0, .offset = FIELD(name)},
                                     {"category", FC_STRING, FC_OPTIONAL, .offset = FIELD(category)},
                                     {"mean", FC_REAL, 0, .offset = FIELD(mean)},
                                     {"spread", FC_REAL, FC_POSITIVE, .offset = FIELD(spread)},
                                     {0}};
