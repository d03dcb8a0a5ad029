/* The picture of a timeline: its frame, and what the signs mean. */
#include "a10_tracing/timeline.h"

void timeline_page(FILE *out, int width, int height)
{
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
            "viewBox=\"0 0 %d %d\">\n<title>What each task does</title>\n",
            width, height);
    fputs("<style>\n"
          "text { font: 16px Verdana, \"DejaVu Sans\", sans-serif }\n"
          ".small { font-size: 12px }\n"
          ".key { font-size: 14px }\n"
          "text, .run, circle { fill: #000 }\n"
          ".page, .ready { fill: #fff }\n"
          "path { fill: none }\n"
          ".ready, .line, .over { stroke: #000 }\n"
          ".over { stroke-width: 2 }\n"
          ".grid { stroke: #ccc; stroke-dasharray: 2 3 }\n"
          ".arrow { stroke: #05a; stroke-width: 1.5; "
          "marker-end: url(#tip) }\n"
          ".spawn { stroke-dasharray: 4 3 }\n"
          ".tip { fill: #05a }\n"
          "@media (prefers-color-scheme: dark) {\n"
          "text, .run, circle { fill: #fff }\n"
          ".page, .ready { fill: #111 }\n"
          ".ready, .line, .over { stroke: #fff }\n"
          ".grid { stroke: #444 }\n"
          ".arrow { stroke: #7bf }\n"
          ".tip { fill: #7bf }\n"
          "}\n"
          "</style>\n"
          "<defs><marker id=\"tip\" markerUnits=\"userSpaceOnUse\" "
          "markerWidth=\"7\" markerHeight=\"7\" refX=\"6\" refY=\"3.5\" "
          "orient=\"auto\"><path class=\"tip\" d=\"M0 0L7 3.5L0 7Z\"/>"
          "</marker></defs>\n",
          out);
    fprintf(out, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", width,
            height);
}

static void words(FILE *out, int x, int y, const char *text)
{
    fprintf(out, "<text class=\"key\" x=\"%d\" y=\"%d\">%s</text>\n", x, y,
            text);
}

/* A dot right of x, or a cross. */
void timeline_over(FILE *out, bool dropped, int x, int y)
{
    if (dropped)
        fprintf(out, "<path class=\"over\" d=\"M%d %dl8 8m0-8l-8 8\"/>\n",
                x - 4, y - 4);
    else
        fprintf(out, "<circle class=\"over\" cx=\"%d\" cy=\"%d\" r=\"3\"/>\n",
                x + 5, y);
}

void timeline_key(FILE *out, int y)
{
    const char *line = "<path class=\"line\" d=\"M190 %dh26\"/>\n";
    fprintf(out,
            "<rect class=\"run\" x=\"8\" y=\"%d\" width=\"10\" "
            "height=\"12\"/>\n"
            "<rect class=\"ready\" x=\"104\" y=\"%d\" width=\"14\" "
            "height=\"12\"/>\n",
            y - 10, y - 10);
    fprintf(out, line, y - 4);
    words(out, 24, y, "running");
    words(out, 124, y, "ready");
    words(out, 222, y, "waiting, and what for");
    timeline_over(out, false, 423, y - 4);
    words(out, 440, y, "finished");
    timeline_over(out, true, 536, y - 4);
    words(out, 550, y, "dropped");
    y += 26;
    fprintf(out, "<path class=\"arrow\" d=\"M12 %dv10\"/>\n", y - 10);
    words(out, 24, y, "woken by the event loop");
    fprintf(out, "<path class=\"arrow\" d=\"M244 %dh26\"/>\n", y - 4);
    words(out, 276, y, "woken by a task");
    fprintf(out, "<path class=\"arrow spawn\" d=\"M440 %dh26\"/>\n", y - 4);
    words(out, 472, y, "spawned by a task");
}
