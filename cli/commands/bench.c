/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex bench: measures this machine, and the program on it. */
#include "cli/commands/bench_data.h"

#include "cli/shell/arguments.h"
#include "cli/shell/json.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "cli/shell/table.h"
#include "lib/base/text.h"
#include "lib/files/output.h"
#include "lib/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct settings {
    cli_common common;
    char *only, *json, *csv, *peak;
    char *lengths, *mixers;
    int quick, threads, steps;
    cli_lesson_settings lesson;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"only", 0, NN_TEXT, FIELD(only), NULL, "NAME", 0, 0,
     "one group (machine, kernels, models, scaling, memory, ingest, lightcurves, cold), or one of its lines, "
     "such as "
     "models/ecl"},
    {"quick", 0, NN_FLAG, FIELD(quick), "false", NULL, 0, 0, "seconds rather than minutes; rough figures"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024, "0: one thread, then all cores"},
    {"json", 0, NN_TEXT, FIELD(json), NULL, "FILE", 0, 0,
     "write the figures as a JSON document too; -: instead"},
    {"steps", 0, NN_INT, FIELD(steps), "0", "N", 0, 1000000,
     "of scaling: steps of training, of 8 sequences each; 0: 400 of 64 tokens, of longer ones fewer, as many "
     "as "
     "see 25600 tokens, but 8; with --quick 20"},
    {"lengths", 0, NN_LIST, FIELD(lengths), NULL, "N,...", 0, 0,
     "of scaling: tokens of the sequences, 16 to 16384; else 64,256,1024,4096, with --quick 64,256"},
    {"mixers", 0, NN_LIST, FIELD(mixers), NULL, "NAME,...", 0, 0,
     "of scaling: these rather than one of each family"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0, "write the figures one a row; -: instead"},
    {"peak", 0, NN_TEXT, FIELD(peak), NULL, "SHAPE", 0, 0,
     "only train etth1, ett256, weather, ecl or traffic for a few steps and print this process's peak memory "
     "in MB"},
    {0}};

static void progress(const char *group, const char *name)
{
    cli_progress("%s: %s ...", group, name);
}

static void print_group(const bench *b, int first, int end)
{
    char headings[512];
    const bench_row *row = &b->rows[first];
    int length = snprintf(headings, sizeof headings, "%s|>threads", row->group);
    for (int i = 0; i < row->count && length < (int)sizeof headings; i++)
        length += snprintf(headings + length, sizeof headings - (size_t)length, "|>%s", row->figures[i].name);
    cli_table *table = cli_table_new(headings);
    for (int r = first; r < end; r++) {
        row = &b->rows[r];
        cli_table_cell(table, "%s", row->name);
        if (row->threads)
            cli_table_cell(table, "%d", row->threads);
        else
            cli_table_cell(table, "-");
        for (int i = 0; i < row->count; i++)
            cli_table_number(table, row->figures[i].value, row->figures[i].decimals);
    }
    if (first)
        putchar('\n');
    cli_table_print(table, stdout);
}

static void print_machine(void)
{
    bench_about about;
    bench_about_fill(&about);
    printf("%s; %s; %s\n%s\n\n", about.cpu, about.compiler, about.blas, about.kernels);
}

/* A row as soon as it is measured, in columns that suit any; the headings where a group begins. */
static void print_row(const bench *b, const bench_row *row)
{
    enum { NAME = 28, THREADS = 8 };
    const int at = b->count - 1;
    const bool begins = at == 0 || strcmp(b->rows[at - 1].group, row->group) != 0;
    if (at == 0)
        print_machine();
    if (begins)
        printf("%s%-*s%*s", at ? "\n" : "", NAME, row->group, THREADS, "threads");
    for (int i = 0; i < row->count && begins; i++)
        printf("  %8s", row->figures[i].name);
    printf("%s%-*s%*d", begins ? "\n" : "", NAME, row->name, THREADS, row->threads);
    for (int i = 0; i < row->count; i++) {
        const int width = (int)strlen(row->figures[i].name);
        if (isfinite(row->figures[i].value))
            printf("  %*.*f", width > 8 ? width : 8, row->figures[i].decimals, row->figures[i].value);
        else
            printf("  %*s", width > 8 ? width : 8, "-");
    }
    putchar('\n');
    fflush(stdout);
}

static void print(const bench *b)
{
    print_machine();
    for (int first = 0, end; first < b->count; first = end) {
        for (end = first; end < b->count && strcmp(b->rows[end].group, b->rows[first].group) == 0;)
            end++;
        print_group(b, first, end);
    }
}

static json_t *document(const bench *b)
{
    json_t *object = cli_json_new("auspex.bench/1"), *rows = json_array();
    nn_json_set(object, "version", nn_json_text(AUSPEX_VERSION));
    bench_about about;
    bench_about_fill(&about);
    nn_json_set(object, "cpu", nn_json_text(about.cpu));
    nn_json_set(object, "compiler", nn_json_text(about.compiler));
    nn_json_set(object, "blas", nn_json_text(about.blas));
    nn_json_set(object, "kernels", nn_json_text(about.kernels));
    for (int r = 0; r < b->count; r++) {
        const bench_row *row = &b->rows[r];
        json_t *one = json_object(), *figures = json_object();
        nn_json_set(one, "group", nn_json_text(row->group));
        nn_json_set(one, "name", nn_json_text(row->name));
        nn_json_set(one, "threads", row->threads ? json_integer(row->threads) : json_null());
        for (int i = 0; i < row->count; i++)
            nn_json_set(figures, row->figures[i].name, nn_json_real(row->figures[i].value));
        nn_json_set(one, "figures", figures);
        json_array_append_new(rows, one);
    }
    nn_json_set(object, "results", rows);
    return object;
}

static int write_json(const bench *b, const char *path, nn_error *error)
{
    if (strcmp(path, "-") == 0)
        return cli_json_print(document(b), error);
    nn_output *output = nn_output_open(path, error);
    json_t *object = output ? document(b) : NULL;
    if (!output)
        return NN_FAILED;
    const bool failed = !nn_json_whole() || !nn_json_write(object, JSON_INDENT(2), nn_output_stream(output));
    fputc('\n', nn_output_stream(output));
    json_decref(object);
    if (failed) {
        nn_output_abandon(output);
        return nn_fail(error, NN_FAILED, "%.300s: no memory for the JSON document", path);
    }
    return nn_output_commit(output, error);
}

static int write_csv(const bench *b, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("group,name,threads,figure,value\n", out);
    for (int r = 0; r < b->count; r++)
        for (int i = 0; i < b->rows[r].count; i++) {
            const bench_row *row = &b->rows[r];
            fprintf(out, "%s,\"%s\",%d,%s,", row->group, row->name, row->threads, row->figures[i].name);
            nn_csv_number(out, row->figures[i].value, 9);
            fputc('\n', out);
        }
    return nn_output_commit(output, error);
}

static int peak(const settings *s, nn_error *error)
{
    int code = bench_peak(s->peak, s->threads, error);
    if (!code)
        printf("%.1f\n", (double)bench_peak_memory() / 1e6);
    return code;
}

/* One thread and all there are, or those asked for. */
static int choose_threads(bench *b, int threads, nn_error *error)
{
    nn_pool *pool;
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    int most = nn_pool_threads(pool);
    nn_pool_free(pool);
    if (!threads && most > 1)
        b->thread_counts[b->thread_count_count++] = 1;
    b->thread_counts[b->thread_count_count++] = most;
    return NN_OK;
}

static bool goes_elsewhere(const settings *s)
{
    return (s->json && strcmp(s->json, "-") == 0) || (s->csv && strcmp(s->csv, "-") == 0);
}

/* "64,256": malloced. */
static int parse_lengths(int **lengths, int *count, const char *list, nn_error *error)
{
    *count = 0;
    *lengths = calloc(strlen(list) + 1, sizeof **lengths);
    if (!*lengths)
        return nn_no_memory(error);
    for (const char *at = list;;) {
        char *end;
        const long n = strtol(at, &end, 10);
        if (end == at || (*end && *end != ',') || n < BENCH_SHORTEST || n > BENCH_LONGEST)
            return nn_fail(error, NN_USAGE, "--lengths: '%.*s' is not a whole number from %d to %d",
                           (int)strcspn(at, ","), at, BENCH_SHORTEST, BENCH_LONGEST);
        (*lengths)[(*count)++] = (int)n;
        if (!*end)
            return NN_OK;
        at = end + 1;
    }
}

/* Mixers on generated sequences, a row at a time. */
static int measure_scaling(bench *b, const cli_run *run, const settings *s, nn_error *error)
{
    const nn_option *mixer = nn_option_find(run->kind->options, "mixer");
    char *const *list = mixer ? (char *const *)((const char *)run->config + mixer->offset) : NULL;
    const char *mixers = s->mixers ? s->mixers : list && cli_given("mixer") ? *list : NULL;
    int *lengths = NULL;
    int code = s->lengths ? parse_lengths(&lengths, &b->length_count, s->lengths, error) : NN_OK;
    b->lengths = lengths;
    b->done = goes_elsewhere(s) ? NULL : print_row;
    if (!code)
        code = bench_lengths(b, mixers, run->operand_count > 1 ? run->operands[1] : NULL, error);
    b->lengths = NULL;
    free(lengths);
    return code;
}

/* What the words ask for: the machine, generated tasks, or networks on data. */
static int measure(bench *b, const cli_run *run, settings *s, nn_error *error)
{
    const char *word = run->operand_count ? run->operands[0] : NULL;
    if (!word)
        return bench_run(b, error);
    if (strcmp(word, "scaling") == 0)
        return measure_scaling(b, run, s, error);
    if (!cli_bench_data_named(word))
        return nn_fail(error, NN_USAGE, "'%.60s' is none of scaling, lookback, depth, aspect", word);
    if (run->operand_count != 2)
        return nn_fail(error, NN_USAGE, "bench %s takes DATA.csv", word);
    s->lesson.threads = s->threads;
    return cli_bench_data(b, word, run, run->operands[1], &s->lesson, error);
}

/* What was measured before it was stopped is shown, too. */
static int give(const bench *b, const settings *s, nn_error *error)
{
    if (!goes_elsewhere(s) && !b->done)
        print(b);
    int code = s->json ? write_json(b, s->json, error) : NN_OK;
    if (!code && s->csv)
        code = write_csv(b, s->csv, error);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    bench b = {.effort = {s->quick ? 3 : 11, s->quick ? 0.03 : 0.5},
               .quick = s->quick,
               .steps = s->steps,
               .only = s->only,
               .reference = getenv("AUSPEX_REFERENCE"),
               .stopped = cli_interrupted,
               .progress = progress};
    if (length > 0) {
        program[length] = '\0';
        b.program = program;
    }
    if (s->peak)
        return peak(s, error);
    int code = choose_threads(&b, s->threads, error);
    cli_interrupt_wait(true);
    if (!code)
        code = measure(&b, run, s, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    const bool some = code == NN_STOPPED && b.count > 0;
    if (!code || some) {
        const int given = give(&b, s, code ? NULL : error);
        code = code ? code : given;
    }
    bench_clear(&b);
    return code;
}

static const cli_section sections[] = {{"Benchmark", options, 0}, {0}};
static const cli_section data_sections[] = {CLI_LESSON_SECTIONS(FIELD(lesson))};
static const cli_example examples[] = {
    {"auspex bench --quick", "a first look"},
    {"auspex bench --only models --json bench.json", "whole models"},
    {"auspex bench scaling copy --mixers linear,lmu,softmax --csv scaling.csv",
     "mixers on sequences of 64 to 4096 tokens"},
    {"auspex bench scaling --lengths 64,128,256 --steps 1000", "better trained, on short ones"},
    {"auspex bench lookback data.csv --horizon 24", "does a longer past help?"},
    {"auspex bench depth data.csv --horizon 24 --epochs 3", "do more layers?"},
    {"auspex bench aspect data.csv --layers 4 --heads 4", "wide and shallow, or narrow and deep?"},
    {NULL, NULL}};

const cli_command cli_bench = {
    .name = "bench",
    .summary = "measure this machine and Auspex on it",
    .synopsis = "[scaling [TASK] | lookback DATA.csv | depth DATA.csv | aspect DATA.csv] [OPTION...]",
    .about =
        "Speed is shown as a share of what the machine can do: the rate of a large matrix product "
        "(OpenBLAS's "
        "sgemm), and the peak, multiply-adds of floats in registers with nothing to load, both with the same "
        "number of threads and measured in the same run. Every result is checked before it is "
        "timed, and every figure is a median. The second line says which instructions the kernels "
        "use.\n\n"
        "'bench scaling' trains a small network of each mixer of --mixers (softmax,linear,...) on generated "
        "sequences of 64 to 4096 tokens (--lengths), whose rows are printed as they are measured, after Long "
        "Range Arena (arXiv 2011.04006): copy (each token's "
        "answer "
        "stands a quarter of the sequence before it), periodic (which of four periods is under a stronger "
        "wave; a quarter is right by chance) and recall (the value at the event that the last token asks "
        "for). All have as many parameters as that of softmax. R2 is 1 less the squared errors over those of "
        "knowing nothing; MB are those of a training step, an object.\n\n"
        "'bench lookback', 'depth' and 'aspect' train a network of tables with longer look-backs, with 1, 2, "
        "3 "
        "and 6 layers, or with layers times heads as they are but from wide to deep (arXiv 2210.00640), each "
        "as "
        "wide as it takes to have as many parameters as the network as given, beside the naive forecasts and "
        "linear, which learns from the validation rows too. Choose by the validation MSE; the test MSE says "
        "what a choice was worth.\n\nWith the environment variable AUSPEX_REFERENCE set to a "
        "folder that holds data/forecast/, reading is timed on the files there too.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = data_sections},
    .settings_size = sizeof(settings),
    .most_operands = 2,
    .operands = "scaling, lookback DATA.csv, depth DATA.csv or aspect DATA.csv",
    .model = "itransformer",
    .networks = true,
    .run = run,
};
