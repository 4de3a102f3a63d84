#!/bin/sh
# Makes formulas.woff2 and signs.woff2 of the whole STIX Two Math (OFL.txt): bash notebooks/site/letters/make.sh
# Needs Debian's python3-fonttools and python3-brotli, and the packages of `npm ci`.
set -eu
cd "$(dirname "$0")/../../.."
whole=node_modules/@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2

# subset NAME CHARACTERS FEATURES DROPPED-TABLES: a part of the font, its copyright inside.
subset() {
  /usr/bin/python3 -m fontTools.subset "$whole" --unicodes="$2" --layout-features="$3" --drop-tables+="$4" --name-IDs=0,1,2,3,4,5,6 --no-hinting --flavor=woff2 --output-file="notebooks/site/letters/$1.woff2"
}

# What TeX formulas are made of: Latin and Greek, upright, italic, bold, script, Fraktur and double-struck; accents, arrows, operators, brackets.
# The MATH table stays with what it names: the large forms of brackets, roots and sums. Features: small forms in exponents, dotless and flat ones under accents.
subset formulas "U+0020-007E,U+00A0-00FF,U+0131,U+0237,U+0300-0338,U+0370-03FF,U+2010-2064,U+20D0-20DC,U+2100-214F,U+2190-21FF,U+2200-22FF,U+2308-230B,U+23B4-23B5,U+23D0,U+23DC-23E1,U+25A0-25FF,U+27C0-27FF,U+2A00-2A0C,U+2A2F,U+2A3F,U+2A7D-2A7E,U+2AAF-2AB0,U+1D400-1D4CF,U+1D504-1D56B,U+1D6A4-1D6DB,U+1D6E2-1D71B" "ssty,dtls,flac" ""

# What stands among words and in code, and is not in the Latin and Greek files of the families there. The same characters are named in fonts.ts and page.css.
subset signs "U+2016,U+2070-208E,U+2190-21EA,U+2200-22FF,U+2300-230B,U+2318,U+2323,U+2325,U+25A0-25FF,U+2713,U+27E8-27E9" "" MATH,GSUB,GPOS,GDEF
