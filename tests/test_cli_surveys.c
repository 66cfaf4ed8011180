/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photometry as surveys and their users write it, through the program: what is decided is said, and is right.
 */
#include "cmocka_all.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *file, *words; /* words: FILE is put in front of the second blank */
    int status;
    const char *says[4];
} cases[] = {
    {"80-flux-beside-magnitude.csv",
     "classify FILE t2.st",
     0,
     {"the fluxes 'flux' are uJy (zero point 23.9)", ",TDE,", "--zp says otherwise"}},
    {"80-flux-beside-magnitude.csv", "classify FILE t2.st --mag", 0, {",TDE,", "magnitude mag"}},
    /* A file without a column of bands is of one of the model's. */
    {"91-ogle.dat", "classify FILE t2.st", 3, {"--bands u says that all are of that one"}},
    {"91-ogle.dat", "classify FILE t2.st --bands i", 0, {"taken as one band, 'i'"}},
    {"91-ogle.dat", "classify FILE t2.st --bands i=7542", 0, {"taken as one band, 'i'"}},
    {"91-ogle.dat", "classify FILE t2.st --bands W", 2, {"'W' is no band with its wavelength"}},
    {"80-flux-beside-magnitude.csv", "inspect FILE --zp 31.4", 0, {"fluxes of zero point 31.4"}},
    {"82-fink-prefixed-names.csv",
     "classify FILE t2.st",
     0,
     {"magnitude i:magpsf, error i:sigmapsf", "sign i:isdiffpos", ",TDE,"}},
    {"82-fink-prefixed-names.csv",
     "classify FILE t2.st --id-column i:objectId --time-column i:jd --band-column i:fid --flux-column "
     "i:magpsf "
     "--error-column i:sigmapsf",
     0,
     {"magnitude i:magpsf", "sign i:isdiffpos", ",TDE,"}},
    {"84-panstarrs-jansky.csv",
     "inspect FILE --photometry --id-column objID --time-column obsTime --band-column filterID",
     0,
     {"unit: Jy, as Pan-STARRS writes it", "fluxes of zero point 8.9", "4 points without a flux",
      "points     36"}},
    {"84-panstarrs-jansky.csv", "classify FILE t2.st --zp 31.4", 0, {"zero point 31.4"}},
    {"86-ztf-filtercode.csv",
     "inspect FILE",
     0,
     {"band filtercode", "g        4804.79      30", "r        6436.92      25", "5 points flagged as bad"}},
    {"86-ztf-filtercode.csv", "inspect FILE --flagged keep", 0, {"points     60"}},
    {"87-asassn-limits.csv",
     "classify FILE t2.st --id-column none",
     0,
     {"20 upper limits are taken as 0",
      "bands that are none of the model's are used at their own wavelengths (Angstrom): V 5448",
      "outside of what was observed, 4802 to 5448 Angstrom, lies of the model's bands: u 3685", ",ok\n"}},
    {"87-asassn-limits.csv",
     "classify FILE t2.st --id-column none --unknown-bands drop",
     0,
     {"12 upper limits are taken as 0", "37 points of an unknown band are left out (such as 'V')", ",ok\n"}},
    {"87-asassn-limits.csv",
     "plot lightcurve FILE --id-column none --bands g=4800,V=5450 -o p.txt.svg",
     0,
     {"20 upper limits", "magnitude mag, error mag_err"}},
    {"87-asassn-limits.csv", "inspect FILE --limits drop", 0, {"20 points of upper limits are left out"}},
    {"89-atlas-forced.txt",
     "inspect FILE --photometry --id-column none",
     0,
     {"columns lined up with blanks: time MJD, band F, flux uJy, error duJy", "zero point 23.9",
      "objects    1, of 90 to 90 points", "c           5330      45"}},
    {"89-atlas-forced.txt",
     "inspect FILE --photometry --id-column none --delimiter space --time-column ###MJD --flux-column uJy "
     "--error-column duJy --band-column F --bands c=5330,o=6790 --zp 23.9",
     0,
     {"objects    1, of 90 to 90 points"}},
    {"91-ogle.dat",
     "plot lightcurve FILE --delimiter space --id-column none --time-column 1 --flux-column 2 --error-column "
     "3 "
     "--mag -o p.svg",
     0,
     {"time 1, magnitude 2, error 3"}},
    {"91-ogle.dat",
     "inspect FILE --photometry --no-header",
     0,
     {"MJD 55260.7183 to 55988.4171", "there is no line of names", "of 80 to 80 points"}},
    {"92-irsa.tbl",
     "inspect FILE --photometry",
     0,
     {"IPAC table: id oid, time mjd", "points     60", "r        6436.92"}},
    {"93-table.ecsv",
     "inspect FILE --photometry --id-column none --delimiter space",
     0,
     {"ECSV: time time, band band, flux flux, error fluxerr, zero point zp", "of 40 to 40 points"}},
    {"94-supernova-catalogue.csv",
     "inspect FILE --id-column event --bands B=4400,V=5450,R=6500,I=8000",
     0,
     {"error e_magnitude, limit flag upperlimit", "11 upper limits", "of 60 to 60 points"}},
    {"94-supernova-catalogue.csv",
     "classify FILE t2.st --id-column event",
     0,
     {"used at their own wavelengths (Angstrom): "}},
    {"94-supernova-catalogue.csv",
     "classify FILE t2.st --id-column event --unknown-bands drop",
     3,
     {"all 60 points are of bands (such as 'V') that are none of the model's bands u, g, r, i, z, y"}},
    {"96-hash-header.csv", "classify FILE t2.st", 0, {"5,0.000", "id object_id, time mjd"}},
    {"96-hash-header.csv",
     "inspect FILE --json",
     0,
     {"\"objects\": 1", "\"points\": 40", "\"kind\": \"guess\""}},
    {"97-repeated-points.csv",
     "inspect FILE",
     0,
     {"repeated   160 points", "of 40 to 40 points", "objects    1"}},
    {"97-repeated-points.csv",
     "classify FILE t2.st",
     0,
     {"160 points that stood before with the same time, band, value and error are left out", ",TDE,"}},
    {"98-labels-in-the-photometry.csv",
     "train FILE --model t2 --redshift none --label class --epochs 2 -o labels.st",
     0,
     {"40 light curves read"}},
    {"98-labels-in-the-photometry.csv",
     "train FILE --metadata FILE --model t2 --redshift none --label class --epochs 2 -o labels.st",
     0,
     {"40 light curves read"}},
    {"98-labels-in-the-photometry.csv", "evaluate FILE labels.st", 0, {"class, called"}},
    {"98-labels-in-the-photometry.csv",
     "train FILE --model t2 --redshift none --label type -o x.st",
     2,
     {"--metadata FILE is needed", "no such column"}},
    {"label-with-comma.csv",
     "train FILE --model t2 --redshift none --label class --classes Ia=\"Ia,_normal\",rest=* --epochs 1 -o "
     "comma.st",
     0,
     {"40 light curves read"}},
    {"label-with-comma.csv",
     "train FILE --model t2 --redshift none --label class --classes Ia=Ia,_normal,rest=* --epochs 1 -o "
     "comma.st",
     2,
     {"no object has the label 'Ia'"}},
    {"100-no-redshifts-sky.csv",
     "train FILE --metadata 100-no-redshifts-objects.csv --model t2 --epochs 2 -o x.st",
     3,
     {"no column of photometric redshifts", "--redshift none"}},
    {"101-class-of-one-sky.csv",
     "train FILE --metadata 101-class-of-one-objects.csv --model t2 --redshift none --epochs 2 -o one.st",
     0,
     {"classes of fewer than ten objects: AGN 1 ("}},
    {"101-class-of-one-sky.csv",
     "evaluate FILE one.st --metadata 101-class-of-one-objects.csv",
     0,
     {"classes of fewer than ten objects here: AGN 0"}},
};

/* Every FILE of the words becomes the file. */
static void put_file(char *to, size_t size, const char *words, const char *file)
{
    size_t at = 0;
    while (*words && at + 1 < size) {
        if (strncmp(words, "FILE", 4) == 0) {
            at += (size_t)snprintf(to + at, size - at, "%s", file);
            words += 4;
        } else {
            to[at++] = *words++;
        }
    }
    to[at < size ? at : size - 1] = '\0';
}

static void test_cases(void **state)
{
    (void)state;
    program_bring("datasets/samples/simulated_t2.safetensors", "t2.st");
    program_bring("tests/cases/100-no-redshifts-objects.csv", "100-no-redshifts-objects.csv");
    program_bring("tests/cases/101-class-of-one-objects.csv", "101-class-of-one-objects.csv");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[300], words[600];
        snprintf(path, sizeof path, "tests/cases/%s", cases[i].file);
        program_bring(path, cases[i].file);
        put_file(words, sizeof words, cases[i].words, cases[i].file);
        program_result r = program_run(words, NULL);
        for (int k = 0; k < 4 && cases[i].says[k]; k++)
            if (r.status != cases[i].status ||
                (!strstr(r.out, cases[i].says[k]) && !strstr(r.err, cases[i].says[k])))
                fail_msg("auspex %s: %d, not %d with '%s':\n%s%s", words, r.status, cases[i].status,
                         cases[i].says[k], r.out, r.err);
        program_result_free(&r);
    }
}

/* The row of the only object, without what differs in the last digits. */
static double chance_of(const char *words, const char *class)
{
    program_result r = program_run(words, NULL);
    assert_int_equal(r.status, 0);
    char *const copy = strdup(r.out);
    assert_non_null(copy);
    char *names = copy, *row = strchr(copy, '\n');
    assert_non_null(row);
    *row++ = '\0';
    double chance = -1;
    for (char *name; names && (name = strsep(&names, ",")) && row;) {
        const char *value = strsep(&row, ",");
        if (value && strcmp(name, class) == 0)
            chance = atof(value);
    }
    free(copy);
    program_result_free(&r);
    return chance;
}

/* The unit found from the magnitudes is that of the magnitudes; repeats change nothing. */
static void test_same_answers(void **state)
{
    (void)state;
    const double by_flux = chance_of("classify 80-flux-beside-magnitude.csv t2.st", "TDE");
    const double by_magnitude = chance_of("classify 80-flux-beside-magnitude.csv t2.st --mag", "TDE");
    const double repeated = chance_of("classify 97-repeated-points.csv t2.st", "TDE");
    assert_true(by_flux > 0.8 && by_flux - by_magnitude < 1e-3 && by_magnitude - by_flux < 1e-3);
    assert_true(repeated - by_magnitude < 1e-3 && by_magnitude - repeated < 1e-3);
}

int main(int argc, char **argv)
{
    (void)argc;
    if (program_set_up(argv[1]))
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_same_answers)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
