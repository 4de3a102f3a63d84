#!/bin/sh
# Makes this folder's fonts, each a part of a whole one (OFL-stix.txt, OFL-source-serif.txt): sh notebooks/site/letters/make.sh
# Needs Debian's python3-fonttools and python3-brotli, and the packages of `npm ci`.
set -eu
cd "$(dirname "$0")/../../../node_modules/@fontsource"
stix=stix-two-math/files/stix-two-math-latin-400-normal.woff2
serif=source-serif-4/files/source-serif-4-greek-400-normal.woff2

# part NAME WHOLE CHARACTERS FEATURES DROPPED-TABLES: its copyright stays inside; its name does not, which the licence keeps for the whole.
part() {
  /usr/bin/python3 -m fontTools.subset "$2" --unicodes="$3" --layout-features="$4" --drop-tables+="$5" --name-IDs=0 --no-hinting --flavor=woff2 --output-file="../../notebooks/site/letters/$1.woff2"
}

# What TeX formulas are made of: Latin and Greek, upright, italic, bold, script, Fraktur and double-struck; accents, arrows, operators, brackets.
# The MATH table stays with what it names: the large forms of brackets, roots and sums. Features: small forms in exponents, dotless and flat ones under accents.
part formulas $stix "U+0020-007E,U+00A0-00FF,U+0131,U+0237,U+0300-0338,U+0370-03FF,U+2010-2064,U+20D0-20DC,U+2100-214F,U+2190-21FF,U+2200-22FF,U+2308-230B,U+23B4-23B5,U+23D0,U+23DC-23E1,U+25A0-25FF,U+27C0-27FF,U+2A00-2A0C,U+2A2F,U+2A3F,U+2A7D-2A7E,U+2AAF-2AB0,U+1D400-1D4CF,U+1D504-1D56B,U+1D6A4-1D6DB,U+1D6E2-1D71B" "ssty,dtls,flac" ""

# What stands among words and in code, and is not in the Latin and Greek files of the families there. The same characters are named in fonts.ts and page.css.
part signs $stix "U+2016,U+2070-208E,U+2190,U+2192,U+2194-21EA,U+2200-2211,U+2213-2214,U+2216-22FF,U+2300-230B,U+2318,U+2323,U+2325,U+25A0-25FF,U+2713,U+27E8-27E9" "" MATH,GSUB,GPOS,GDEF

# Greek among words: the letters, without their accents. It comes with a first visit.
part greek $serif "U+0391-03A9,U+03B1-03C9,U+03D1,U+03D5,U+03F5" "" GSUB,GPOS,GDEF,STAT
