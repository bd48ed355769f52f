"""Values of the von Mises-Fisher functions at 50 digits: python3 vmf.py > vmf.json"""
from mpmath import *
mp.dps=50
import json
pts=[]
for d in [2,3,4,8,16,64,98,100,101,102,103,104,105,128,256,1000,2048,4096,8192]:
    for k in ['0.001','0.01','0.1','1','5','10','49.5','50','100','699','1000','10000','100000']:
        kk=mpf(k); nu=mpf(d)/2-1
        I=besseli(nu, kk, maxterms=10**7)
        a=besseli(nu+1, kk, maxterms=10**7)/I
        lc=nu*log(kk)-(nu+1)*log(2*pi)-log(I)
        pts.append({"d":d,"kappa":float(kk),"log_c":nstr(lc,20),"log_i":nstr(log(I),20),"a":nstr(a,20)})
print("[\n"+",\n".join(json.dumps(p) for p in pts)+"\n]")
