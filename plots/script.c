/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes what all scripts share: terminals, styles, quoted texts, data. */
#include "plots/script.h"

#include "lib/base/c_locale.h"
#include "lib/files/output.h"
#include "plots/run.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int terminal_of(const char *path)
{
    static const struct {
        const char *suffix;
        pl_terminal terminal;
    } known[] = {{".png", PL_PNG}, {".svg", PL_SVG}, {".pdf", PL_PDF}};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (length >= 4 && strcasecmp(path + length - 4, known[i].suffix) == 0)
            return (int)known[i].terminal;
    return -1;
}

int pl_target_check(const pl_target *target, nn_error *error)
{
    if (target->path) {
        if (terminal_of(target->path) < 0)
            return nn_fail(error, NN_USAGE, "%s: a picture's name ends in .png, .svg or .pdf", target->path);
        /* No gnuplot string can hold these. */
        for (const unsigned char *c = (const unsigned char *)target->path; *c; c++)
            if (*c < 0x20 || *c == 0x7f)
                return nn_fail(error, NN_USAGE, "%s: a picture's name has no control characters",
                               target->path);
        if (target->script && strcmp(target->path, target->script) == 0)
            return nn_fail(error, NN_USAGE, "%s: the picture and its script need different names",
                           target->path);
    }
    if (target->only_script && !target->script)
        return nn_fail(error, NN_USAGE, "a plot script alone was asked for, but no name was given for it");
    return NN_OK;
}

/* --- text --- */

/* Reads one character of UTF-8 at *text and moves on; U+FFFD for a byte that begins none. */
static unsigned next_character(const char **text)
{
    const unsigned char *c = (const unsigned char *)*text;
    static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
    int more = *c < 0x80 ? 0 : *c < 0xc2 ? -1 : *c < 0xe0 ? 1 : *c < 0xf0 ? 2 : *c < 0xf5 ? 3 : -1;
    unsigned code = more <= 0 ? *c : *c & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            more = -1;
            break;
        }
        code = code << 6 | (c[i] & 0x3f);
    }
    if (more < 0 || code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        *text += 1;
        return 0xfffd;
    }
    *text += more + 1;
    return code;
}

/* What is shown for a character: itself, a blank, '?', or nothing (0). Controls of direction and separators
 * of lines could disturb the text around a name. */
static unsigned shown(unsigned code)
{
    if (code == '\n' || code == '\r' || code == '\t' || code == 0x2028 || code == 0x2029)
        return ' ';
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
        (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff)
        return 0;
    return code == 0xfffd || (code & 0xfffe) == 0xfffe ? '?' : code;
}

static int count_characters(const char *text, int enough)
{
    int count = 0;
    while (text && *text && count < enough)
        count += shown(next_character(&text)) != 0;
    return count;
}

int pl_text_length(const char *text, int most)
{
    int count = count_characters(text, most + 1);
    return count < most ? count : most;
}

/* In double quotes gnuplot looks for backquotes, macros and escapes, and of doubled single quotes it loses
 * some: so nothing but letters, digits and harmless marks stands in a string as itself. An escape takes all
 * octal digits that follow, so a digit behind one (*escaped) is escaped as well. */
static void put_byte(FILE *out, unsigned byte, bool *escaped)
{
    *escaped = byte < 0x80 && (*escaped ? !isalpha((int)byte) : !isalnum((int)byte)) &&
               (!byte || !strchr(" ,.:()+-_/=", (int)byte));
    if (*escaped)
        fprintf(out, "\\%03o", byte);
    else
        fputc((int)byte, out);
}

static void put_character(FILE *out, unsigned code, bool *escaped)
{
    if (code < 0x80) {
        put_byte(out, code, escaped);
        return;
    }
    *escaped = false;
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned first[] = {0, 0xc0, 0xe0, 0xf0};
    fputc((int)(first[more] | code >> 6 * more), out);
    for (int i = more - 1; i >= 0; i--)
        fputc((int)(0x80 | (code >> 6 * i & 0x3f)), out);
}

static void put_quoted(pl_script *s, const char *text, int most, bool formats)
{
    bool cut = count_characters(text, most + 1) > most;
    const char *ellipsis = s->terminal == PL_TEXT ? "..." : "\xe2\x80\xa6";
    int room = !cut ? most : most - (s->terminal == PL_TEXT ? 3 : 1);
    bool escaped = false;
    fputc('"', s->out);
    for (int n = 0; text && *text && n < room;) {
        unsigned code = shown(next_character(&text));
        if (!code)
            continue;
        put_character(s->out, code, &escaped);
        if (code == '%' && formats)
            put_character(s->out, code, &escaped);
        n++;
    }
    fprintf(s->out, "%s\"", cut ? ellipsis : "");
}

void pl_put_text(pl_script *s, const char *text, int most)
{
    put_quoted(s, text, most, false);
}

void pl_put_tic(pl_script *s, const char *text, int most)
{
    put_quoted(s, text, most, true);
}

bool pl_drawable(double value)
{
    return isfinite(value) && fabs(value) < 1e150;
}

void pl_put_number(pl_script *s, double value)
{
    if (pl_drawable(value))
        fprintf(s->out, "%.9g", value);
    else
        fputs("NaN", s->out);
}

bool pl_any_drawable(const double *value, int count)
{
    for (int i = 0; value && i < count; i++)
        if (pl_drawable(value[i]))
            return true;
    return false;
}

void pl_put_series(pl_script *s, const char *name, const double *value, int count)
{
    fprintf(s->out, "$%s << END\n", name);
    for (int i = 0; i < count; i++)
        if (pl_drawable(value[i])) {
            fprintf(s->out, "%d ", i + 1);
            pl_put_number(s, value[i]);
            fputc('\n', s->out);
        } else if (i && pl_drawable(value[i - 1]))
            fputc('\n', s->out);
    fputs("END\n", s->out);
}

/* --- the script as a whole --- */

static int clamp(int value, int standard, int low, int high)
{
    value = value <= 0 ? standard : value;
    return value < low ? low : value > high ? high : value;
}

int pl_script_begin(pl_script *s, const pl_target *target, int width, int height, nn_error *error)
{
    int code = pl_target_check(target, error);
    if (code)
        return code;
    *s = (pl_script){.target = target, .terminal = PL_TEXT, .width = width, .height = height};
    if (target->path)
        s->terminal = (pl_terminal)terminal_of(target->path);
    s->columns = clamp(target->columns, 100, 40, 400);
    s->rows = clamp(target->rows, 30, 12, 200);
    const locale_t neutral = nn_c_locale();
    if (!neutral || !nn_text_open(&s->body))
        return nn_fail(error, NN_FAILED, "no memory for a plot script");
    s->out = s->body.out;
    s->before = uselocale(neutral);
    return NN_OK;
}

void pl_script_set_rows(pl_script *s, int rows)
{
    s->rows = rows;
}

double pl_font_size(const pl_script *s)
{
    switch (s->terminal) {
    case PL_PNG: /* gnuplot takes the screen for one of 96 dots per inch */
        return PL_FONT * 72.0 / 96;
    case PL_PDF:
        return PL_FONT * 72.0 / 96 * 72 * PL_INCHES / PL_WIDTH;
    default:
        return PL_FONT;
    }
}

static void put_terminal(const pl_script *s, FILE *out)
{
    const double inches = (double)PL_INCHES / PL_WIDTH;
    fputs("set encoding utf8\n", out);
    switch (s->terminal) {
    case PL_PNG:
        fprintf(out,
                "set terminal pngcairo noenhanced rounded background '#ffffff' size %d,%d font 'Sans,%.4g'\n",
                s->width, s->height, pl_font_size(s));
        break;
    case PL_SVG:
        fprintf(
            out,
            "set terminal svg noenhanced rounded background '#ffffff' size %d,%d font 'sans-serif,%.4g'\n",
            s->width, s->height, pl_font_size(s));
        break;
    case PL_PDF:
        fprintf(out,
                "set terminal pdfcairo noenhanced rounded fontscale 1 linewidth 0.9 background '#ffffff' "
                "size %.4fin,%.4fin font "
                "'Sans,%.2f'\n",
                s->width * inches, s->height * inches, pl_font_size(s));
        break;
    case PL_TEXT:
        fprintf(out, "set terminal dumb noenhanced size %d,%d %s\n", s->columns, s->rows,
                s->target->colour ? "ansi" : "mono");
        break;
    }
}

/* A leading '|' or '~' of a bare name would mean something to gnuplot. */
static void put_output(pl_script *s, FILE *out)
{
    if (!s->target->path)
        return;
    fprintf(out, "set output \"%s", *s->target->path == '/' ? "" : "./");
    bool escaped = false;
    for (const char *c = s->target->path; *c; c++)
        put_byte(out, (unsigned char)*c, &escaped);
    fputs("\"\n", out);
}

static int write_script(pl_script *s, nn_error *error)
{
    nn_output *output = nn_output_open(s->target->script, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("# A picture for gnuplot 5.4 or later, with its data: gnuplot -d THIS-FILE\n", out);
    put_terminal(s, out);
    put_output(s, out);
    fwrite(s->body.text, 1, s->body.length, out);
    return nn_output_commit(output, error);
}

/* gnuplot hands the picture over through a pipe: it never sees a file's name. */
static int draw(pl_script *s, nn_error *error)
{
    nn_text_stream whole;
    if (!nn_text_open(&whole))
        return nn_fail(error, NN_FAILED, "no memory for a plot script");
    put_terminal(s, whole.out);
    fwrite(s->body.text, 1, s->body.length, whole.out);
    int code = nn_text_close(&whole) ? NN_OK : nn_fail(error, NN_FAILED, "no memory for a plot script");
    nn_output *output = code ? NULL : nn_output_open(s->target->path, error);
    if (!output)
        code = NN_FAILED;
    else if ((code = pl_run(whole.text, whole.length, s->terminal == PL_TEXT, nn_output_stream(output),
                            PL_RUN_LIMIT, error)))
        nn_output_abandon(output);
    else
        code = nn_output_commit(output, error);
    free(whole.text);
    return code;
}

int pl_script_end(pl_script *s, nn_error *error)
{
    int code = NN_OK;
    if (!nn_text_close(&s->body))
        code = nn_fail(error, NN_FAILED, "no memory for a plot script");
    if (!code && s->target->script)
        code = write_script(s, error);
    if (!code && !s->target->only_script) {
        code = draw(s, error);
        if (code && s->target->script)
            nn_fail_within(error, "no picture was drawn (its script is in %s)", s->target->script);
        else if (code)
            nn_fail_within(error, "no picture was drawn");
    }
    uselocale(s->before);
    free(s->body.text);
    return code;
}
