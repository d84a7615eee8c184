-- question: Over a whole set of products, what share of each side's imports comes from the other?
-- formula: sum of imports from the other side / sum of imports, over the products of the set
-- unit: USD, shares 0 to 1
-- source: canonical table trade
-- inputs: bilateral, import_concentration
select
    b.dependent,
    b.provider,
    b.period,
    count(*) as products,
    cast(sum(b.imports_from_provider_usd) as bigint) as imports_from_provider_usd,
    cast(sum(i.imports_usd) as bigint) as imports_usd,
    cast(sum(b.imports_from_provider_usd) as double) / cast(sum(i.imports_usd) as double) as share_of_imports
from bilateral as b
join import_concentration as i on i.dependent = b.dependent and i.period = b.period and i.product = b.product
group by b.dependent, b.provider, b.period
order by b.dependent, b.provider, b.period
