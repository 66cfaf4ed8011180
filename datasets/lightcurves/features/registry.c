/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The groups of features that groups.inc names. */
#include "datasets/lightcurves/features/group.h"

static const ds_feature_group *const groups[] = {
#define GROUP(name) &ds_feature_##name,
#include "datasets/lightcurves/features/groups.inc"
#undef GROUP
};
enum { GROUPS = sizeof groups / sizeof *groups };

const ds_feature_group *ds_feature_group_at(int n)
{
    return n >= 0 && n < GROUPS ? groups[n] : NULL;
}

const char *ds_feature_group_name(const ds_feature_group *group)
{
    return group->name;
}

const char *ds_feature_group_summary(const ds_feature_group *group)
{
    return group->summary;
}

bool ds_feature_group_on_request(const ds_feature_group *group)
{
    return group->on_request;
}
