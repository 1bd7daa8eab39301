"""Writes /tmp/samples_in/<slug>.yaml: title, prompt, key points, wording and word targets, from a plan by slug hash."""
import glob,yaml,os,hashlib,sys
os.makedirs('/tmp/samples_in',exist_ok=True); os.makedirs('/tmp/samples_out',exist_ok=True)
L=[dict(weak=170,fair=130,strong=105),dict(weak=80,fair=110,strong=165),dict(weak=115,fair=160,strong=112),dict(weak=185,fair=100,strong=175),dict(weak=72,fair=75,strong=85),dict(weak=140,fair=185,strong=140)]
files=sorted(glob.glob('/work/main/questions/content/*/*.yaml')+glob.glob('/tmp/bank3/*/*.yaml'),key=lambda f:os.path.basename(f))
new=[]
for f in files:
    q=yaml.safe_load(open(f)); s=q['slug']
    h=int(hashlib.sha256(s.encode()).hexdigest(),16)
    out=f'/tmp/samples_in/{s}.yaml'
    if os.path.exists(out) and '--force' not in sys.argv: continue
    yaml.safe_dump(dict(slug=s,category=q['category'],kind=q['kind'],title=q['title'],wording='everyday' if h%5<2 else 'textbook',words=L[(h//5)%6],prompt=q['prompt'],key_points=[dict(id=k['id'],weight=k['weight'],text=k['text']) for k in q['key_points']]),open(out,'w'),sort_keys=False,allow_unicode=True,width=100)
    new.append((q['category'],s))
print(len(new))
for c in sorted({c for c,_ in new}): print(c,*[s for k,s in new if k==c])
