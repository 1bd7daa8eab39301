import sys,re
sys.path.insert(0,'/tmp/cv/lib/python3.11/site-packages')
import yaml
W=lambda t: re.findall(r"[a-z0-9]+(?:'[a-z]+)?",t.lower())
runs=lambda w,n: {tuple(w[i:i+n]) for i in range(len(w)-n+1)}
bad=0
for slug in sys.argv[1:]:
    try:
        q=yaml.safe_load(open(f'/tmp/samples_in/{slug}.yaml')); s=yaml.safe_load(open(f'/tmp/samples_out/{slug}.yaml'))
    except Exception as e: print(slug,e); bad+=1; continue
    def err(m):
        global bad; bad+=1; print(f'{slug}: {m}')
    wt={k['id']:k['weight'] for k in q['key_points']}
    if [x.get('grade') for x in s]!=['weak','fair','strong']: err('grades'); continue
    cov=[]
    for x in s:
        if set(x)!={'grade','wording','covers','text'}: err(f'fields {set(x)}')
        if x['wording']!=q['wording']: err('wording')
        for c in x['covers']:
            if c not in wt: err(f'unknown {c}')
        n=len(x['text'].split()); t=q['words'][x['grade']]
        if not 60<=n<=220: err(f"{x['grade']} {n} words")
        if abs(n-t)>.15*t: err(f"{x['grade']} has {n} words, target {t}")
        r=runs(W(x['text']),7)
        for k in q['key_points']:
            if r&runs(W(k['text']),7): err(f"{x['grade']} copies key point {k['id']}")
        if runs(W(x['text']),9)&runs(W(q['prompt']),9): err(f"{x['grade']} copies the prompt")
        cov.append(sum(wt[c] for c in set(x['covers'])))
    tot=sum(wt.values())
    if not cov[0]<cov[1]<cov[2]: err(f'covered weight {cov}')
    if cov[0]>.3*tot: err(f'weak covers {cov[0]}/{tot}')
    if not .25*tot<=cov[1]<=.7*tot: err(f'fair covers {cov[1]}/{tot}')
    if cov[2]<.75*tot: err(f'strong covers {cov[2]}/{tot}')
print('faults',bad); sys.exit(bool(bad))
