-- question: What share of a dependent's imports comes from a provider region?
-- formula: imports from the provider's members (outside the dependent) / imports; by mass over flows that report it;
--          a provider that delivers nothing delivers 0 kg
-- unit: USD, kg, shares 0 to 1
-- source: canonical table trade
-- inputs: imports, members, pairs
select
    i.dependent,
    p.provider,
    i.period,
    i.product,
    cast(coalesce(sum(case when m.economy is not null then i.value_usd end), 0) as bigint) as imports_from_provider_usd,
    cast(case when count(m.economy) = 0 then 0 else sum(case when m.economy is not null then i.quantity_kg end) end as bigint)
        as imports_from_provider_kg,
    coalesce(sum(case when m.economy is not null then cast(i.value_usd as double) end), 0)
        / sum(cast(i.value_usd as double)) as share_of_imports,
    case
        when sum(i.quantity_kg) > 0
            and (count(m.economy) = 0 or sum(case when m.economy is not null then i.quantity_kg end) is not null)
        then coalesce(sum(case when m.economy is not null then cast(i.quantity_kg as double) end), 0)
            / sum(cast(i.quantity_kg as double))
    end as share_of_tonnes
from imports as i
join pairs as p on p.dependent = i.dependent
left join members as m
    on m.region = p.provider and m.economy = i.supplier and i.period between m.since and m.until
where p.provider is not null
group by i.dependent, p.provider, i.period, i.product
