/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses tics of time axes and what they say. */
#include "datasets/time/calendar.h"
#include "plots/tics.h"

#include <math.h>
#include <string.h>

/* Steps between tics: microseconds, or months. */
typedef struct time_step {
    int64_t length;
    int months;
} time_step;

static const time_step ladder[] = {
    {1, 0},          {2, 0},          {5, 0},          {10, 0},          {20, 0},        {50, 0},
    {100, 0},        {200, 0},        {500, 0},        {1000, 0},        {2000, 0},      {5000, 0},
    {10000, 0},      {20000, 0},      {50000, 0},      {100000, 0},      {200000, 0},    {500000, 0},
#define SECONDS(n)                                                                                           \
    {                                                                                                        \
        INT64_C(n) * 1000000, 0                                                                              \
    }
    SECONDS(1),      SECONDS(2),      SECONDS(5),      SECONDS(10),      SECONDS(15),    SECONDS(30),
    SECONDS(60),     SECONDS(120),    SECONDS(300),    SECONDS(600),     SECONDS(900),   SECONDS(1800),
    SECONDS(3600),   SECONDS(7200),   SECONDS(10800),  SECONDS(21600),   SECONDS(43200), SECONDS(86400),
    SECONDS(172800), SECONDS(345600), SECONDS(604800), SECONDS(1209600),
#undef SECONDS
    {0, 1},          {0, 2},          {0, 3},          {0, 6},           {0, 12},        {0, 24},
    {0, 60},         {0, 120},        {0, 240},        {0, 600},         {0, 1200},      {0, 2400},
    {0, 6000},       {0, 12000},      {0, 24000},      {0, 60000},       {0, 120000},
};

/* The last tic at or before time. Weeks begin on Mondays; days and finer count from 1970, months from
 * January. */
static ds_time tic_before(time_step step, ds_time time)
{
    if (!step.months) {
        ds_time monday = step.length % (7 * DS_DAY) == 0 ? 4 * DS_DAY : 0;
        return ds_floor_div(time - monday, step.length) * step.length + monday;
    }
    ds_civil civil = ds_civil_from(time);
    int64_t month = ds_floor_div((int64_t)civil.year * 12 + civil.month - 1, step.months) * step.months;
    civil = (ds_civil){.year = (int)ds_floor_div(month, 12), .month = 1, .day = 1};
    civil.month += (int)(month - (int64_t)civil.year * 12);
    return ds_time_from(&civil);
}

static ds_time tic_after(time_step step, ds_time tic)
{
    if (!step.months)
        return tic + step.length;
    ds_civil civil = ds_civil_from(tic);
    int month = civil.month - 1 + step.months;
    civil = (ds_civil){.year = civil.year + month / 12, .month = month % 12 + 1, .day = 1};
    return ds_time_from(&civil);
}

static int count_tics(time_step step, ds_time low, ds_time high, int enough)
{
    int count = 0;
    ds_time tic = tic_before(step, low);
    if (tic < low)
        tic = tic_after(step, tic);
    for (; tic <= high && count < enough; tic = tic_after(step, tic))
        count++;
    return count;
}

static time_step choose(ds_time low, ds_time high, int most)
{
    size_t last = sizeof ladder / sizeof *ladder - 1;
    for (size_t i = 0; i < last; i++)
        if (count_tics(ladder[i], low, high, most + 1) <= most)
            return ladder[i];
    return ladder[last];
}

/* Upper line: the tic itself. Lower line: what it is part of, empty at steps that need none. */
static void print_tic(time_step step, ds_time tic, bool first, char *upper, char *lower, size_t room)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    ds_civil c = ds_civil_from(tic);
    const char *month = names[c.month - 1];
    *lower = '\0';
    if (step.months % 12 == 0 && step.months) {
        snprintf(upper, room, "%d", c.year);
        return;
    }
    if (step.months || step.length >= DS_DAY) {
        snprintf(lower, room, "%d", c.year);
        if (step.months)
            snprintf(upper, room, "%s", month);
        else
            snprintf(upper, room, "%d %s", c.day, month);
        return;
    }
    if (first)
        snprintf(lower, room, "%d %s %d", c.day, month, c.year);
    else
        snprintf(lower, room, "%d %s", c.day, month);
    int n = snprintf(upper, room, "%02d:%02d", c.hour, c.minute);
    if (step.length < 60 * DS_SECOND)
        n += snprintf(upper + n, room - (size_t)n, ":%02d", c.second);
    if (step.length < DS_SECOND) {
        int digits = 0;
        for (int64_t unit = DS_SECOND; unit > step.length && digits < 6; unit /= 10)
            digits++;
        char fraction[8];
        snprintf(fraction, sizeof fraction, "%06d", c.microsecond);
        snprintf(upper + n, room - (size_t)n, ".%.*s", digits, fraction);
    }
}

/* The same second line again would be clutter. The first tic's carries the year as well. */
static bool news(time_step step, ds_time tic, ds_time before)
{
    ds_civil a = ds_civil_from(tic), b = ds_civil_from(before);
    bool finer = !step.months && step.length < DS_DAY;
    return a.year != b.year || (finer && (a.month != b.month || a.day != b.day));
}

int pl_time_tics(pl_time_tic tics[PL_TICS], ds_time low, ds_time high, int most)
{
    time_step step = choose(low, high, most);
    ds_time tic = tic_before(step, low), before = 0;
    int count = 0;
    if (tic < low)
        tic = tic_after(step, tic);
    for (; tic <= high && count < PL_TICS; before = tic, tic = tic_after(step, tic)) {
        pl_time_tic *t = &tics[count];
        t->at = tic;
        print_tic(step, tic, count == 0, t->upper, t->lower, sizeof t->upper);
        if (count++ > 0 && !news(step, tic, before))
            t->lower[0] = '\0';
    }
    return count;
}

static void put_calendar_tics(pl_script *s, ds_time low, ds_time high, int most)
{
    pl_time_tic tics[PL_TICS];
    const int count = pl_time_tics(tics, low, high, most);
    /* SVG leaves more room above the labels than the others. */
    fprintf(s->out, "set xtics nomirror%s (", s->terminal == PL_SVG ? " offset 0,0.4" : "");
    for (int i = 0; i < count; i++) {
        const char *lower = tics[i].lower;
        /* In double quotes, for the line break; these texts are ours. */
        fprintf(s->out, "%s\"%s%s%s\" ", i ? ", " : "", tics[i].upper, *lower ? "\\n" : "", lower);
        pl_put_time(s, tics[i].at, false);
    }
    fputs(")\n", s->out);
}

void pl_put_time_tics(pl_script *s, ds_time low, ds_time high, bool steps, int most)
{
    most = most < 2 ? 2 : most > PL_TICS ? PL_TICS : most;
    if (!steps) {
        put_calendar_tics(s, low, high, most);
        return;
    }
    pl_tics tics;
    pl_tics_linear((pl_range){(double)low, (double)high}, most, true, &tics);
    pl_put_tics(s, "x", &tics);
}

void pl_put_time(pl_script *s, ds_time time, bool steps)
{
    if (steps) {
        fprintf(s->out, "%lld", (long long)time);
        return;
    }
    unsigned long long size = time < 0 ? 0 - (unsigned long long)time : (unsigned long long)time;
    unsigned long long second = DS_SECOND;
    fprintf(s->out, "%s%llu", time < 0 ? "-" : "", size / second);
    if (size % second)
        fprintf(s->out, ".%06llu", size % second);
}
