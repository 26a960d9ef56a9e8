window.labbookSearchParts=1;
window.labbookSearch=[
["glossary/index.html#term-bucket","Glossary","bucket","A named store for files in S3. See the second lesson."],
["glossary/index.html#term-batch-transform","Glossary","batch transform","Scoring a whole file at once."],
["glossary/index.html#term-transform-job","Glossary","transform job","Scoring a whole file at once."],
["glossary/index.html#term-region","Glossary","region","A place where computers stand."]
];
