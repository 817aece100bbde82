// A question's pictures can be shown larger.
"use strict";

if (document.getElementById("zoom")) showPaper();
