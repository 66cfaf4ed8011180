/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Avro files, VOTables and FITS tables, and the files of each survey by its name: small ones by hand, and
 * what they must give. */
#include "tests/avro_file.h"
#include "tests/light_file.h"

#include <sys/stat.h>

static light_read all;

/* --- Avro --- */

static const light_point alerts[] = {{"A", 59000, "r", 20.5, 0, 0, false, true},
                                     {"A", 59001, "g", 18.5, 0.125, 0, false, false},
                                     {"A", 59003, "r", 18.25, 0.125, 0, true, false},
                                     {"B", 59001, "g", 18.5, 0.125, 0, false, false}};

static void test_avro(void **context)
{
    (void)context;
    static avro_bytes file;
    const ds_lightcurve_options skip = {.skip_bad_rows = true};
    for (int deflated = 0; deflated < 2; deflated++) {
        avro_alerts(&file, deflated);
        light_take(&all, csv_write_bytes("a.avro", file.at, file.size), &(ds_lightcurve_options){0});
        light_compare("avro", &all, alerts, 4);
    }
    avro_alerts(&file, 0);
    /* Cut off anywhere: one error, or, between blocks, the first two alerts. */
    for (size_t size = 1; size < file.size; size++) {
        light_take(&all, csv_write_bytes("a.avro", file.at, size), &(ds_lightcurve_options){0});
        assert_true(all.code == NN_BAD_DATA || all.report.objects == 2);
        light_take(&all, csv_write_bytes("a.avro", file.at, size), &skip);
    }
    /* A record that is damaged inside costs the rest of its block. */
    unsigned char *kind = memmem(file.at, file.size, "\2A\2", 3);
    assert_non_null(kind);
    kind[2] = 40;
    light_take(&all, csv_write_bytes("a.avro", file.at, file.size), &(ds_lightcurve_options){0});
    assert_non_null(strstr(all.error.text, "a.avro:1: the record ends too early, or is none of the schema"));
    light_take(&all, csv_write_bytes("a.avro", file.at, file.size), &skip);
    light_compare("damaged", &all, alerts, 3);
    assert_int_equal(all.report.bad_rows, 1);
    avro_alerts(&file, 0);
    memcpy(memmem(file.at, file.size, "null\0", 5), "lzma", 4);
    light_take(&all, csv_write_bytes("a.avro", file.at, file.size), &(ds_lightcurve_options){0});
    assert_non_null(strstr(all.error.text, "packed by 'lzma'; the codecs null and deflate are read"));
}

/* Several files of alerts are one: those of an object stand in several. */
static void test_folder(void **context)
{
    (void)context;
    static avro_bytes file;
    char folder[300], name[32];
    strcpy(folder, csv_in_folder("alerts"));
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int k = 0; k < 3; k++) {
        avro_alerts(&file, k % 2);
        snprintf(name, sizeof name, "alerts/%d.avro", k);
        csv_write_bytes(name, file.at, file.size);
    }
    light_take(&all, folder, &(ds_lightcurve_options){0});
    light_compare("folder", &all, alerts, 4);
    assert_int_equal(all.report.objects, 2);
    light_take(&all, folder, &(ds_lightcurve_options){.grouping = DS_ALERTS});
    assert_int_equal(all.report.objects, 9);
}

/* --- VOTables --- */

#ifdef AUSPEX_EXPAT
#define VOTABLE(inside)                                                                                      \
    "<?xml version=\"1.0\"?>\n<VOTABLE version=\"1.4\"><RESOURCE>" inside "</RESOURCE></VOTABLE>\n"
#define GAIA_FIELDS                                                                                          \
    "<FIELD name=\"source_id\" datatype=\"long\"/><FIELD name=\"transit_id\" datatype=\"long\"/>"            \
    "<FIELD name=\"band\" datatype=\"char\" arraysize=\"*\"/><FIELD name=\"time\" datatype=\"double\" "      \
    "unit=\"d\"/>"                                                                                           \
    "<FIELD name=\"mag\" datatype=\"double\" unit=\"mag\"><VALUES null=\"-99\"/></FIELD>"                    \
    "<FIELD name=\"flux_over_error\" datatype=\"float\"/>"                                                   \
    "<FIELD name=\"rejected_by_photometry\" datatype=\"boolean\"/>"
static const char gaia[] = VOTABLE(
    "<TABLE>" GAIA_FIELDS "<DATA><TABLEDATA>\n"
    "<TR><TD>5853498713160606720</TD><TD>1</TD><TD>G</TD><TD>1700.5</TD><TD>15.25</TD><TD>100</TD><TD>false</"
    "TD></TR>\n"
    "<TR><TD>5853498713160606720</TD><TD>1</TD><TD>BP</TD><TD>1700.75</TD><TD>-99</TD><TD>50</TD><TD>F</TD></"
    "TR>\n"
    "<TR><TD>5853498713160606720</TD><TD>1</TD><TD>RP</TD><TD>1701</TD><TD>14.5</TD><TD>50</TD><TD/></TR>\n"
    "<TR><TD>5853498713160606720</TD><TD>2</TD><TD>G</TD><TD>1702</TD><TD>15.5</TD><TD>80</TD><TD>true</TD></"
    "TR>\n"
    "</TABLEDATA></DATA></TABLE>");
#define GAIA_ID "5853498713160606720"
/* 2455197.5 is MJD 55197; an error of 1 / 100 of the flux is 1.0857 / 100 magnitudes. */
static const light_point gaia_points[] = {
    {GAIA_ID, 56897.5, "G", 15.25, .010857362047581294, 0, false, false},
    {GAIA_ID, 56898, "RP", 14.5, .021714724095162588, 0, false, false}};

/* The first and third of these rows in BINARY2: a byte of missing values, then the values, big-endian. */
static const unsigned char gaia_rows[] = {
    0x00, 0x51, 0x3b, 0xf0, 0x00, 0x00, 0x00, 0x00, 0x01, 0,    0,    0,    0,    0,    0,
    0,    1,    0,    0,    0,    1,    'G',  0x40, 0x9a, 0x92, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x40, 0x2e, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x42, 0xc8, 0x00, 0x00, 'F',  0x02, 0x51,
    0x3b, 0xf0, 0x00, 0x00, 0x00, 0x00, 0x01, 0,    0,    0,    0,    0,    0,    0,    1,
    0,    0,    0,    2,    'R',  'P',  0x40, 0x9a, 0x94, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40,
    0x2d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x42, 0x48, 0x00, 0x00, '?'};

static void put_base64(char *to, const unsigned char *bytes, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const unsigned long three = (unsigned long)bytes[i] << 16 | (i + 1 < size ? bytes[i + 1] : 0u) << 8 |
                                    (i + 2 < size ? bytes[i + 2] : 0u);
        for (int k = 0; k < 4; k++)
            *to++ = i + (size_t)k <= size ? letters[three >> (18 - 6 * k) & 63] : '=';
        if (i % 48 == 45)
            *to++ = '\n';
    }
    *to = '\0';
}

static void test_votable(void **context)
{
    (void)context;
    static const char ucds[] = VOTABLE(
        "<TIMESYS ID=\"t\" timeorigin=\"2450000.5\" timescale=\"UTC\" refposition=\"TOPOCENTER\"/>"
        "<TABLE><PARAM name=\"filter\" datatype=\"char\" arraysize=\"*\" value=\"V\"/>"
        "<FIELD name=\"Nr\" datatype=\"char\" arraysize=\"*\" ucd=\"meta.id;meta.main\"/>"
        "<FIELD name=\"Epoch\" datatype=\"double\" ucd=\"time.epoch\" ref=\"t\"/>"
        "<FIELD name=\"S\" datatype=\"float\" unit=\"mJy\" ucd=\"phot.flux.density\"/>"
        "<FIELD name=\"e_S\" datatype=\"float\" unit=\"mJy\" ucd=\"stat.error;phot.flux.density\"/>"
        "<DATA><TABLEDATA><TR><TD> x1 </TD><TD>5000.25</TD><TD>0.5</TD><TD>0.125</TD></TR></TABLEDATA></DATA>"
        "</TABLE>");
    static const light_point ucd_point = {"x1", 55000.25, "V", 0.5, 0.125, 16.4, false, false};
    char text[4000], base64[400];
    light_take(&all, csv_write(gaia), &(ds_lightcurve_options){0});
    light_compare("TABLEDATA", &all, gaia_points, 2);
    assert_string_equal(all.report.system, "Vega");
    assert_string_equal(all.report.clock, "BJD (TCB) - 2400000.5");
    unsigned char rows[sizeof gaia_rows];
    memcpy(rows, gaia_rows, sizeof rows);
    for (size_t row = 0; row < 2; row++) /* the id in eight bytes */
        for (int k = 0; k < 8; k++)
            rows[(row ? 43 : 0) + 1 + (size_t)k] =
                (unsigned char)(5853498713160606720LL >> (56 - 8 * k) & 255);
    put_base64(base64, rows, sizeof rows);
    snprintf(text, sizeof text,
             VOTABLE("<TABLE>" GAIA_FIELDS
                     "<DATA><BINARY2><STREAM encoding=\"base64\">%s</STREAM></BINARY2></DATA></TABLE>"),
             base64);
    light_take(&all, csv_write(text), &(ds_lightcurve_options){0});
    light_compare("BINARY2", &all, gaia_points, 2);
    light_take(&all, csv_write(ucds), &(ds_lightcurve_options){0});
    light_compare("UCDs", &all, &ucd_point, 1);
}

static void test_gaia_arrays(void **context)
{
    (void)context;
    static const char raw[] = VOTABLE(
        "<TABLE><FIELD name=\"source_id\" datatype=\"long\"/>"
        "<FIELD name=\"g_transit_time\" datatype=\"double\" arraysize=\"*\"/><FIELD name=\"g_transit_mag\" "
        "datatype=\"double\" arraysize=\"*\"/><FIELD name=\"g_transit_flux_over_error\" datatype=\"float\" "
        "arraysize=\"*\"/>"
        "<FIELD name=\"bp_obs_time\" datatype=\"double\" arraysize=\"*\"/><FIELD name=\"bp_mag\" "
        "datatype=\"double\" "
        "arraysize=\"*\"/><FIELD name=\"bp_flux_over_error\" datatype=\"float\" arraysize=\"*\"/>"
        "<FIELD name=\"transit_id\" datatype=\"long\" arraysize=\"*\"/>"
        "<DATA><TABLEDATA><TR><TD>42</TD><TD>1700 1701</TD><TD>15.25 15.5</TD><TD>100 50</TD>"
        "<TD>1700.5 NaN</TD><TD>16 NaN</TD><TD>20 NaN</TD><TD>1 2</TD></TR></TABLEDATA></DATA></TABLE>");
    static const light_point points[] = {{"42", 56897, "G", 15.25, .010857362047581294, 0, false, false},
                                         {"42", 56897.5, "BP", 16, .05428681023790647, 0, false, false},
                                         {"42", 56898, "G", 15.5, .021714724095162588, 0, false, false}};
    light_take(&all, csv_write(raw), &(ds_lightcurve_options){0});
    light_compare("arrays of transits", &all, points, 3);
}

static void test_votable_trouble(void **context)
{
    (void)context;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"<?xml version=\"1.0\"?>\n<html/>", "t.csv:2:1: this is XML, but no VOTable: it begins with 'html'"},
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE VOTABLE [<!ENTITY a \"b\">]><VOTABLE>&a;</VOTABLE>",
         "t.csv:2:31: the document defines an entity"},
        {"<?xml version=\"1.0\"?>\n<VOTABLE><RESOURCE>", "t.csv:2:20: no element found: the file is cut off"},
        {VOTABLE("<TABLE>" GAIA_FIELDS
                 "<DATA><TABLEDATA>\n<TR><TD>1</TD><TD>1</TD><TD>G</TD><TD>x</TD><TD>15</TD>"
                 "<TD>1</TD><TD>F</TD></TR></TABLEDATA></DATA></TABLE>"),
         "t.csv:3:4: 'x' is not a number ('time')"},
        {VOTABLE("<INFO name=\"QUERY_STATUS\" value=\"ERROR\"/>"), "the service reports an error"},
        {VOTABLE("<TABLE>" GAIA_FIELDS
                 "<DATA><BINARY2><STREAM encoding=\"base64\">AAAA</STREAM></BINARY2></DATA></TABLE>"),
         "end within a row"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        light_take(&all, csv_write(cases[i].text), &(ds_lightcurve_options){0});
        if (all.code != NN_BAD_DATA || !strstr(all.error.text, cases[i].says))
            fail_msg("%s\n%s", cases[i].text, all.error.text);
    }
}
#endif

/* --- FITS --- */

#ifdef AUSPEX_FITS
static size_t put_card(char *to, const char *key, const char *value)
{
    char card[81];
    snprintf(card, sizeof card, "%-8s= %-70s", key, value);
    memcpy(to, card, 80);
    return 80;
}

static size_t put_end(char *to, size_t at)
{
    memset(to + at, ' ', 2880);
    memcpy(to + at, "END", 3);
    return (at + 80 + 2879) / 2880 * 2880;
}

static void put_big(char *to, const void *value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        to[i] = ((const char *)value)[width - 1 - i];
}

/* TIME in days from BJDREFI, a flux and its error in electrons per second, and flags. */
static size_t make_fits(char *to, const char *mission, const char *reference)
{
    static const char *const first[][2] = {
        {"SIMPLE", "T"}, {"BITPIX", "8"}, {"NAXIS", "0"}, {"EXTEND", "T"}, {"OBJECT", "'TIC 12345'"}};
    const char *const second[][2] = {{"XTENSION", "'BINTABLE'"},
                                     {"BITPIX", "8"},
                                     {"NAXIS", "2"},
                                     {"NAXIS1", "20"},
                                     {"NAXIS2", "3"},
                                     {"PCOUNT", "0"},
                                     {"GCOUNT", "1"},
                                     {"TFIELDS", "4"},
                                     {"TTYPE1", "'TIME    '"},
                                     {"TFORM1", "'D       '"},
                                     {"TTYPE2", "'PDCSAP_FLUX'"},
                                     {"TFORM2", "'E       '"},
                                     {"TUNIT2", "'e-/s    '"},
                                     {"TTYPE3", "'PDCSAP_FLUX_ERR'"},
                                     {"TFORM3", "'E       '"},
                                     {"TTYPE4", "'QUALITY '"},
                                     {"TFORM4", "'J       '"},
                                     {"BJDREFI", reference},
                                     {"BJDREFF", "0.25"},
                                     {"TIMEUNIT", "'d'"},
                                     {"TELESCOP", mission}};
    static const struct {
        double time;
        float flux, error;
        int quality;
    } rows[] = {{1500.25, 10000, 5, 0}, {1500.5, NAN, NAN, 0}, {1500.75, 9000, 5, 32}};
    size_t at = 0;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        at += put_card(to + at, first[i][0], first[i][1]);
    at = put_end(to, at);
    char *head = to + at;
    at = 0;
    for (size_t i = 0; i < sizeof second / sizeof *second; i++)
        at += put_card(head + at, second[i][0], second[i][1]);
    char *data = head + put_end(head, at);
    memset(data, 0, 2880);
    for (int i = 0; i < 3; i++) {
        put_big(data + 20 * i, &rows[i].time, 8);
        put_big(data + 20 * i + 8, &rows[i].flux, 4);
        put_big(data + 20 * i + 12, &rows[i].error, 4);
        put_big(data + 20 * i + 16, &rows[i].quality, 4);
    }
    return (size_t)(data + 2880 - to);
}

static void test_fits(void **context)
{
    (void)context;
    static char file[20000];
    static const light_point tess = {"TIC 12345", 58500, "TESS", 10000, 5, 20.44, false, false};
    static const light_point kepler = {"TIC 12345", 56333, "Kepler", 10000, 5, 25.1, false, false};
    light_take(&all, csv_write_bytes("lc.fits", file, make_fits(file, "'TESS'", "2457000")),
               &(ds_lightcurve_options){0});
    light_compare("TESS", &all, &tess, 1);
    light_take(&all, csv_write_bytes("lc.fits", file, make_fits(file, "'Kepler'", "2454833")),
               &(ds_lightcurve_options){0});
    light_compare("Kepler", &all, &kepler, 1);
    light_take(&all, csv_write_bytes("lc.fits", file, make_fits(file, "'HST'", "2454833")),
               &(ds_lightcurve_options){0});
    assert_int_equal(all.code, NN_BAD_DATA);
    assert_non_null(strstr(all.error.text, "--zp gives it"));
}
#endif

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_avro),
                                       cmocka_unit_test(test_folder),
#ifdef AUSPEX_EXPAT
                                       cmocka_unit_test(test_votable),
                                       cmocka_unit_test(test_gaia_arrays),
                                       cmocka_unit_test(test_votable_trouble),
#endif
#ifdef AUSPEX_FITS
                                       cmocka_unit_test(test_fits)
#endif
    };
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
