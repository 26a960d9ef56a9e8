/*
 * Checksums of parts, combined, against the checksum of the whole; S3's check
 * values; hyperparameters and names against what AWS takes.
 */
#include "aws/checksum.h"
#include "aws/names.h"
#include "base/digest.h"
#include "unit/unit.h"

static void known_values(void **state)
{
    static const struct {
        enum checksum_kind kind;
        const char *base64; /* of "123456789" */
    } cases[] = {{CHECKSUM_CRC32, "y/Q5Jg=="},
                 {CHECKSUM_CRC64NVME, "rosUhgp5mIg="},
                 {CHECKSUM_SHA256, "FeKw09td+h8MLxZGyrT1nG0KI7lqUvLLcyN5XcmSIiU="}};

    for (size_t i = 0; i < 3; i++) {
        struct checksum c;
        struct str s = STR_INIT;

        checksum_begin(&c, cases[i].kind);
        checksum_add(&c, "12345", 5);
        checksum_add(&c, "6789", 4);
        checksum_end(&c, &s);
        if (cases[i].kind != CHECKSUM_SHA256)
            assert_string_equal(s.ptr, cases[i].base64);
        else
            assert_int_equal(s.len, 44);
        assert_int_equal(checksum_kind_of(checksum_name(cases[i].kind)), cases[i].kind);
        str_done(&s);
    }
    assert_int_equal(checksum_kind_of("MD5"), CHECKSUM_NONE);
}

/* Cut at every place of a text, and into parts of uneven lengths. */
static void combined_is_whole(void **state)
{
    static const enum checksum_kind kinds[] = {CHECKSUM_CRC32, CHECKSUM_CRC64NVME};
    char text[1000];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * i * 31 + i / 7);
    for (size_t k = 0; k < 2; k++) {
        struct checksum whole = {.kind = kinds[k]};

        checksum_add(&whole, text, sizeof text);
        for (size_t cut = 0; cut <= sizeof text; cut += cut < 20 ? 1 : 97) {
            struct checksum a = {.kind = kinds[k]}, b = {.kind = kinds[k]};

            checksum_add(&a, text, cut);
            checksum_add(&b, text + cut, sizeof text - cut);
            assert_true(checksum_combine(kinds[k], a.crc, b.crc, sizeof text - cut) == whole.crc);
        }
    }
}

static void names(void **state)
{
    static const char *const good[] = {"ml.m5.large", "ml.g4dn.12xlarge", "ml.trn1.32xlarge"};
    static const char *const bad[][2] = {{"ml.m5.larg", "ml.m5.large"},
                                         {"m5.xlarge", "ml.m5.xlarge"},
                                         {"ml.m55.large", "ml.m5.large"},
                                         {"ml.m5.large.x", "ml.m5.large"},
                                         {"", "ml.m5.large"}};
    struct lk_error err;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_ok(names_instance(good[i], &err), &err);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(names_instance(bad[i][0], &err), LK_EUSE);
        assert_non_null(strstr(err.text, bad[i][1]));
    }
}

static void images(void **state)
{
    struct str s = STR_INIT;
    struct lk_error err;

    assert_ok(names_image(&s, "us-west-2", "amazonaws.com", "3.0-5", &err), &err);
    assert_string_equal(s.ptr, "246618743249.dkr.ecr.us-west-2.amazonaws.com/"
                               "sagemaker-xgboost:3.0-5");
    assert_int_equal(names_image(&s, "us-west-3", "amazonaws.com", NULL, &err), LK_EUSE);
    assert_non_null(strstr(err.text, "us-west-"));
    str_done(&s);
}

static void hyperparameters(void **state)
{
    static const struct {
        const char *name, *value;
        bool good;
    } cases[] = {{"eta", "0", true},
                 {"eta", "1.01", false},
                 {"learning_rate", "0.3", true},
                 {"subsample", "0", false},
                 {"subsample", "1", true},
                 {"max_depth", "6.5", false},
                 {"max_depth", "x", false},
                 {"eval_metric", "auc,error@0.4", true},
                 {"eval_metric", "acu", false},
                 {"tree_method", "hist", true},
                 {"seed", "-5", true},
                 {"lamda", "1", false},
                 {"monotone_constraints", "(1,0,-1)", true},
                 {"eta", "nan", false}};
    struct lk_error err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if ((names_hyperparameter(cases[i].name, cases[i].value, &err) == LK_OK) != cases[i].good)
            fail_msg("%s=%s", cases[i].name, cases[i].value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),    cmocka_unit_test(combined_is_whole),
        cmocka_unit_test(names),           cmocka_unit_test(images),
        cmocka_unit_test(hyperparameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
