import re, sys, yaml, pathlib
CATS={"llm-fundamentals","rag","prompting","agents","system-design","ml-fundamentals","behavioural","evaluation","llm-operations","llm-coding","security","fine-tuning","multimodal","python-engineering","project-deep-dive","recruiter"}
KINDS={"concept","scenario","design","coding","behavioural"}; LV={"junior","mid","senior"}
REQ="slug title category kind level levels minutes tags prompt intent key_points reference mistakes follow_ups sources checked_on".split()
bad=0
def err(f,m):
    global bad; bad+=1; print(f"{f}: {m}")
wc=lambda s: len(re.findall(r"\S+",s))
for f in sys.argv[1:]:
    p=pathlib.Path(f)
    try: d=yaml.safe_load(p.read_text())
    except Exception as e: err(f,e); continue
    for k in REQ:
        if k not in d: err(f,f"missing {k}")
    if bad and not all(k in d for k in REQ): continue
    extra=set(d)-set(REQ)-{"star"}
    if extra: err(f,f"unknown {extra}")
    if d["slug"]!=p.stem: err(f,"slug != file")
    if d["category"]!=p.parent.name or d["category"] not in CATS: err(f,"category")
    if d["kind"] not in KINDS: err(f,"kind")
    if d["level"] not in LV or set(d["levels"])!=LV: err(f,"level(s)")
    if len(d["title"])>80: err(f,"title long")
    kp=d["key_points"]; ids=[k["id"] for k in kp]
    if not 4<=len(kp)<=8: err(f,"4-8 key points")
    if len(set(ids))!=len(ids): err(f,"dup ids")
    for k in kp:
        if set(k)!={"id","text","weight","why"}: err(f,f"key point fields {k.get('id')}")
        elif k["weight"] not in(1,2,3): err(f,"weight")
        elif not 8<=wc(k["text"])<=42: err(f,f"{k['id']} text {wc(k['text'])} words")
    if not any(k["weight"]==3 for k in kp) or all(k["weight"]==3 for k in kp): err(f,"weights flat")
    n=wc(d["reference"])
    if not 150<=n<=400: err(f,f"reference {n} words")
    if not 3<=len(d["mistakes"])<=5 or not all(isinstance(m,str) for m in d["mistakes"]): err(f,"mistakes")
    if not 2<=len(d["follow_ups"])<=4: err(f,"follow_ups")
    for u in d["follow_ups"]:
        if set(u)!={"question","key_point","hint"} or u["key_point"] not in ids: err(f,f"follow up {u}")
    if not 1<=len(d["sources"])<=4: err(f,"sources")
    for s in d["sources"]:
        if set(s)!={"title","author","year","kind"}: err(f,f"source {s}")
    if not 3<=len(d["tags"])<=6: err(f,"tags")
    if (d["kind"]=="behavioural")!=("star" in d): err(f,"star")
print("faults:",bad); sys.exit(bool(bad))
