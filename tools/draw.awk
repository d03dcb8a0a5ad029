# draw.awk: makes an SVG picture of a description, so that all look alike.
#
#   awk -f tools/draw.awk notes/pictures/NAME.pic >notes/pictures/NAME.svg
#
# A description has a shape on each line.  Pictures are 640 wide; x goes to the
# right and y down; words after "|" stand on the next line.
#   title WORDS             the picture's name        size HEIGHT
#   box X Y W H WORDS       words in the middle       dashbox X Y W H WORDS
#   text X Y WORDS          begins at X               mid X Y WORDS    centred
#   head X Y WORDS          bold, centred
#   line X Y X Y ...        arrow X Y X Y ...         dashed X Y X Y ...
#   dasharrow X Y X Y ...   # a comment

function escape(s)
{
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    gsub(/>/, "\\&gt;", s)
    return s
}

# What comes after the first n words.
function rest(n,    s)
{
    for (s = $0; n > 0; n--)
        sub(/^ *[^ ]+ */, "", s)
    return escape(s)
}

function words(x, y, class, all,    row, n, i)
{
    n = split(all, row, / *\| */)
    for (i = 1; i <= n; i++)
        print "<text" class " x=\"" x "\" y=\"" y + (i - 1) * 23 "\">" \
            row[i] "</text>"
}

function box(class,    n, row, all)
{
    print "<rect class=\"" class "\" x=\"" $2 "\" y=\"" $3 "\" width=\"" $4 \
        "\" height=\"" $5 "\" rx=\"6\"/>"
    all = rest(5)
    n = split(all, row, /\|/)
    if (n)
        words($2 + $4 / 2, $3 + $5 / 2 + 6 - (n - 1) * 11.5, " class=\"mid\"", all)
}

function path(class, tip,    d, i)
{
    d = "M" $2 " " $3
    for (i = 4; i < NF; i += 2)
        d = d " L" $i " " $(i + 1)
    print "<path class=\"" class "\" d=\"" d "\"" tip "/>"
}

BEGIN {
    tip = " marker-end=\"url(#tip)\""
}

/^#/ || NF == 0 { next }
$1 == "title" { title = rest(1); next }
$1 == "size" {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" " \
        "viewBox=\"0 0 640 " $2 "\">"
    print "<title>" title "</title>"
    print "<style>"
    print "text { font: 18px Verdana, \"DejaVu Sans\", sans-serif; fill: #000 }"
    print ".mid, .head { text-anchor: middle }"
    print ".head { font-weight: bold }"
    print ".page, .box { fill: #fff }"
    print ".box, .line { stroke: #000; stroke-width: 2 }"
    print ".line { fill: none }"
    print ".dash { stroke-dasharray: 7 5 }"
    print "@media (prefers-color-scheme: dark) {"
    print "text, .tip { fill: #fff }"
    print ".page, .box { fill: #111 }"
    print ".box, .line { stroke: #fff }"
    print "}"
    print "</style>"
    print "<defs><marker id=\"tip\" markerUnits=\"userSpaceOnUse\" " \
        "markerWidth=\"14\" markerHeight=\"12\" refX=\"13\" refY=\"6\" " \
        "orient=\"auto\"><path class=\"tip\" d=\"M0 0 L14 6 L0 12 Z\"/>" \
        "</marker></defs>"
    print "<rect class=\"page\" width=\"640\" height=\"" $2 "\"/>"
    next
}
$1 == "box" { box("box"); next }
$1 == "dashbox" { box("line dash"); next }
$1 == "text" { words($2, $3, "", rest(3)); next }
$1 == "mid" || $1 == "head" {
    words($2, $3, " class=\"" $1 "\"", rest(3))
    next
}
$1 == "line" { path("line", ""); next }
$1 == "arrow" { path("line", tip); next }
$1 == "dashed" { path("line dash", ""); next }
$1 == "dasharrow" { path("line dash", tip); next }
{
    print FILENAME ":" FNR ": no such shape: " $1 >"/dev/stderr"
    exit bad = 1
}

END {
    if (!bad)
        print "</svg>"
}
