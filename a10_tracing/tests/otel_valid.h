/* otel_valid.h: is this an ExportTraceServiceRequest of OTLP/HTTP with JSON?
 *
 * The tables are the messages of opentelemetry-proto, as far as we use them:
 * each name, in lowerCamelCase, with what the JSON mapping makes of its type.
 * A name that is not in there is wrong, as is any other type of value.
 */
#ifndef A10_TESTS_OTEL_VALID_H
#define A10_TESTS_OTEL_VALID_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum otel_type {
    OTEL_MESSAGE = 1, /* an object, see `message` */
    OTEL_MESSAGES,    /* an array of such objects */
    OTEL_STRING,
    OTEL_NAME,   /* a string that is not empty */
    OTEL_BYTES8, /* 16 hexadecimal digits, lower case, not all zero */
    OTEL_BYTES16,
    OTEL_UINT32, /* a number */
    OTEL_UINT64, /* a string of decimal digits */
    OTEL_INT64,  /* the same, and perhaps a sign */
    OTEL_BOOL,
    OTEL_DOUBLE, /* a number, or "NaN", "Infinity", "-Infinity" */
    OTEL_SPAN_KIND,
    OTEL_STATUS_CODE
};

struct otel_message {
    struct {
        const char *name;
        enum otel_type type;
        const struct otel_message *message;
        bool required;
    } fields[16];
};

static const struct otel_message otel_any_value = {
    { { "stringValue", OTEL_STRING, NULL, false },
      { "boolValue", OTEL_BOOL, NULL, false },
      { "intValue", OTEL_INT64, NULL, false },
      { "doubleValue", OTEL_DOUBLE, NULL, false } }
};

static const struct otel_message otel_key_value = {
    { { "key", OTEL_NAME, NULL, true },
      { "value", OTEL_MESSAGE, &otel_any_value, true } }
};

static const struct otel_message otel_event_message = {
    { { "timeUnixNano", OTEL_UINT64, NULL, true },
      { "name", OTEL_NAME, NULL, true },
      { "attributes", OTEL_MESSAGES, &otel_key_value, false },
      { "droppedAttributesCount", OTEL_UINT32, NULL, false } }
};

static const struct otel_message otel_status = {
    { { "message", OTEL_STRING, NULL, false },
      { "code", OTEL_STATUS_CODE, NULL, false } }
};

static const struct otel_message otel_span_message = {
    { { "traceId", OTEL_BYTES16, NULL, true },
      { "spanId", OTEL_BYTES8, NULL, true },
      { "traceState", OTEL_STRING, NULL, false },
      { "parentSpanId", OTEL_BYTES8, NULL, false },
      { "flags", OTEL_UINT32, NULL, false },
      { "name", OTEL_NAME, NULL, true },
      { "kind", OTEL_SPAN_KIND, NULL, true },
      { "startTimeUnixNano", OTEL_UINT64, NULL, true },
      { "endTimeUnixNano", OTEL_UINT64, NULL, true },
      { "attributes", OTEL_MESSAGES, &otel_key_value, false },
      { "droppedAttributesCount", OTEL_UINT32, NULL, false },
      { "events", OTEL_MESSAGES, &otel_event_message, false },
      { "droppedEventsCount", OTEL_UINT32, NULL, false },
      { "status", OTEL_MESSAGE, &otel_status, false } }
};

static const struct otel_message otel_scope = {
    { { "name", OTEL_STRING, NULL, false },
      { "version", OTEL_STRING, NULL, false } }
};

static const struct otel_message otel_scope_spans = {
    { { "scope", OTEL_MESSAGE, &otel_scope, false },
      { "spans", OTEL_MESSAGES, &otel_span_message, true } }
};

static const struct otel_message otel_resource = {
    { { "attributes", OTEL_MESSAGES, &otel_key_value, false },
      { "droppedAttributesCount", OTEL_UINT32, NULL, false } }
};

static const struct otel_message otel_resource_spans = {
    { { "resource", OTEL_MESSAGE, &otel_resource, false },
      { "scopeSpans", OTEL_MESSAGES, &otel_scope_spans, true } }
};

static const struct otel_message otel_request = {
    { { "resourceSpans", OTEL_MESSAGES, &otel_resource_spans, true } }
};

/* ---- Values -------------------------------------------------------------- */

static inline bool otel_is_hex(const json_t *value, size_t digits)
{
    const char *text = json_string_value(value);
    return text && strlen(text) == digits &&
           strspn(text, "0123456789abcdef") == digits &&
           strspn(text, "0") < digits;
}

/* Of 64 bits, in decimal. */
static inline bool otel_is_decimal(const json_t *value, bool sign)
{
    const char *text = json_string_value(value);
    char back[32] = "";
    if (!text)
        return false;
    if (sign)
        snprintf(back, sizeof back, "%lld", strtoll(text, NULL, 10));
    else
        snprintf(back, sizeof back, "%llu", strtoull(text, NULL, 10));
    return strcmp(back, text) == 0;
}

static inline bool otel_is_integer(const json_t *value, json_int_t most)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
           json_integer_value(value) <= most;
}

static inline bool otel_is_double(const json_t *value)
{
    const char *text = json_string_value(value);
    return json_is_number(value) || (text && (strcmp(text, "NaN") == 0 ||
                                              strcmp(text, "Infinity") == 0 ||
                                              strcmp(text, "-Infinity") == 0));
}

static inline bool otel_is_value(const json_t *value, enum otel_type type)
{
    switch (type) {
    case OTEL_STRING:
        return json_is_string(value);
    case OTEL_NAME:
        return json_is_string(value) && json_string_length(value) > 0;
    case OTEL_BYTES8:
        return otel_is_hex(value, 16);
    case OTEL_BYTES16:
        return otel_is_hex(value, 32);
    case OTEL_UINT32:
        return otel_is_integer(value, UINT32_MAX);
    case OTEL_UINT64:
        return otel_is_decimal(value, false);
    case OTEL_INT64:
        return otel_is_decimal(value, true);
    case OTEL_BOOL:
        return json_is_boolean(value);
    case OTEL_DOUBLE:
        return otel_is_double(value);
    case OTEL_SPAN_KIND: /* 0 shall not be sent */
        return otel_is_integer(value, 5) && json_integer_value(value) > 0;
    case OTEL_STATUS_CODE:
        return otel_is_integer(value, 2);
    default:
        return false;
    }
}

/* ---- What the types do not say ------------------------------------------- */

/* Keys are unique. */
static inline bool otel_keys_differ(json_t *attributes)
{
    size_t i, j;
    json_t *a, *b;
    json_array_foreach(attributes, i, a)
    {
        json_array_foreach(attributes, j, b)
        {
            if (i < j && json_equal(json_object_get(a, "key"),
                                    json_object_get(b, "key")))
                return false;
        }
    }
    return true;
}

static inline unsigned long long otel_number(const json_t *o, const char *name)
{
    return strtoull(json_string_value(json_object_get(o, name)), NULL, 10);
}

static inline bool otel_makes_sense(json_t *o, const struct otel_message *m)
{
    if (m == &otel_any_value && json_object_size(o) > 1)
        return false; /* one of them, or none */
    if (m == &otel_span_message &&
        (otel_number(o, "endTimeUnixNano") <
             otel_number(o, "startTimeUnixNano") ||
         json_equal(json_object_get(o, "spanId"),
                    json_object_get(o, "parentSpanId"))))
        return false;
    return otel_keys_differ(json_object_get(o, "attributes"));
}

/* ---- Messages ------------------------------------------------------------ */

/* NULL, or the name of what is wrong. */
static inline const char *otel_wrong(json_t *o, const struct otel_message *m);

static inline const char *otel_wrong_field(json_t *value, enum otel_type type,
                                           const struct otel_message *message,
                                           const char *name)
{
    const char *wrong = NULL;
    size_t i;
    json_t *one;
    if (type == OTEL_MESSAGE)
        return otel_wrong(value, message);
    if (type != OTEL_MESSAGES)
        return otel_is_value(value, type) ? NULL : name;
    if (!json_is_array(value))
        return name;
    json_array_foreach(value, i, one)
    {
        wrong = wrong ? wrong : otel_wrong(one, message);
    }
    return wrong;
}

static inline const char *otel_wrong(json_t *o, const struct otel_message *m)
{
    const char *wrong = NULL;
    size_t known = 0;
    if (!json_is_object(o))
        return "no object";
    for (size_t i = 0; i < 16 && m->fields[i].name; i++) {
        json_t *value = json_object_get(o, m->fields[i].name);
        known += value != NULL;
        if (!value && m->fields[i].required)
            return m->fields[i].name;
        if (value && !wrong)
            wrong = otel_wrong_field(value, m->fields[i].type,
                                     m->fields[i].message, m->fields[i].name);
    }
    if (!wrong && known < json_object_size(o))
        wrong = "a name that is not known";
    if (!wrong && !otel_makes_sense(o, m))
        wrong = "makes no sense";
    return wrong;
}

/* Of a document as text; it must have a span. */
static inline const char *otel_wrong_text(const char *text)
{
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *wrong =
        document ? otel_wrong(document, &otel_request) : "no JSON";
    json_decref(document);
    return wrong;
}
#endif
