/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of the objects that a catalogue and photometry do not share. */
#include "cli/input/lightcurves/objects.h"

#include "cli/input/lightcurves/other_bands.h"
#include "cli/shell/report.h"

static void say_count(size_t count, const char *what)
{
    if (count)
        cli_say_note("%zu object%s %s", count, count == 1 ? "" : "s", what);
}

void cli_objects_say(const fc_sweep *self)
{
    char clean[128];
    if (self->unknown_row)
        cli_say_note("%zu object%s not in the table of objects (first: %s)", self->unknown_row,
                     self->unknown_row == 1 ? " is" : "s are",
                     cli_clean(self->first_unknown, clean, sizeof clean));
    say_count(self->unlabelled, "without a label left out");
    say_count(self->undetected, "without a detected point not classified");
    say_count(self->empty, "without a usable point not classified");
    if (self->failed)
        cli_say_note("%zu object%s not classified, the first because: %s", self->failed,
                     self->failed == 1 ? "" : "s", self->first_failure.text);
    say_count(self->wide, "had no point near a detection and were taken whole");
    cli_other_bands_say(self);
    if (self->redshift && self->catalogue)
        say_count(self->no_redshift, "without a redshift taken at the training objects' median");
}
