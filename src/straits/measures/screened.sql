-- question: Which products are flagged, how stubbornly, and how much hangs on the exact threshold?
-- formula: the screen of one period with persistence, and the provider's share when one is asked for
-- unit: as its parts
-- source: as its parts: screen, persistence, bilateral
-- inputs: screen, persistence, bilateral
select
    s.*,
    b.provider,
    b.imports_from_provider_usd,
    b.share_of_imports,
    b.share_of_tonnes,
    n.years_known,
    n.c1_years, n.c2_years, n.c3_years, n.cdi1_years, n.cdi2_years, n.cdi3_years, n.crma65_years,
    n.c4, n.c4_low, n.c4_high
from screen as s
join persistence as n on n.dependent = s.dependent and n.period = s.period and n.product = s.product
left join bilateral as b on b.dependent = s.dependent and b.period = s.period and b.product = s.product
where s.period >= $from
order by s.dependent, s.product, s.period
