-- What a batch of bookings needs to be sent. All for a worker scope.

-- name: requests
-- The answers of the visitors, by lead: the parts that an envelope is built from, and what may stop it. A person is known
-- if an earlier request with the same phone number or email address was booked.
SELECT request.lead_id, request.tenant_id, tenant.time_zone, request.binding_id, request.capacity,
    coalesce((
        SELECT answer.kind FROM leads_leadanswer AS answer
        WHERE answer.tenant_id = request.tenant_id AND answer.lead_id = request.lead_id AND answer.undone_at IS NULL
        ORDER BY answer.id DESC LIMIT 1
    ), '') = 'booked',
    lead.excluded_as,
    EXISTS (
        SELECT FROM leads_lead AS earlier
        JOIN leads_leadanswer AS answer ON answer.tenant_id = earlier.tenant_id AND answer.lead_id = earlier.id
        WHERE earlier.tenant_id = lead.tenant_id AND earlier.id < lead.id
            AND earlier.phone_e164 = nullif(lead.phone_e164, '')
            AND answer.kind = 'booked' AND answer.undone_at IS NULL
    ) OR EXISTS (
        SELECT FROM leads_lead AS earlier
        JOIN leads_leadanswer AS answer ON answer.tenant_id = earlier.tenant_id AND answer.lead_id = earlier.id
        WHERE earlier.tenant_id = lead.tenant_id AND earlier.id < lead.id
            AND lower(earlier.email) = nullif(seen.email, '')
            AND answer.kind = 'booked' AND answer.undone_at IS NULL
    ) OR EXISTS (
        SELECT FROM leads_lead AS earlier
        JOIN leads_leadanswer AS answer ON answer.tenant_id = earlier.tenant_id AND answer.lead_id = earlier.id
        WHERE earlier.tenant_id = lead.tenant_id AND earlier.id < lead.id
            AND earlier.email ~ '{unseen}'
            AND regexp_replace(lower(earlier.email), '{unseen}', '', 'g') = nullif(seen.email, '')
            AND answer.kind = 'booked' AND answer.undone_at IS NULL
    ),
    {lead_columns}, {request_columns}
FROM unnest(%b::bigint[], %b::bigint[]) AS wanted (tenant_id, id)
JOIN leads_bookingrequest AS request ON request.tenant_id = wanted.tenant_id AND request.lead_id = wanted.id
JOIN leads_lead AS lead ON lead.tenant_id = request.tenant_id AND lead.id = request.lead_id
JOIN tenants_tenant AS tenant ON tenant.id = request.tenant_id
CROSS JOIN LATERAL (SELECT btrim(regexp_replace(lower(lead.email), '{unseen}', '', 'g')) AS email) AS seen

-- name: mapped
-- The ServiceTitan records that a page binding names, by role. Bindings that map nothing have no row.
SELECT binding.id, jsonb_object_agg(role.name, jsonb_build_object('name', item.name, 'external_id', item.external_id))
FROM unnest(%b::bigint[], %b::bigint[]) AS wanted (tenant_id, id)
JOIN titanmap_pagebinding AS binding ON binding.tenant_id = wanted.tenant_id AND binding.id = wanted.id
CROSS JOIN LATERAL (VALUES {roles}) AS role (name, item_id)
JOIN titanmap_taxonomyitem AS item ON item.tenant_id = binding.tenant_id AND item.id = role.item_id
GROUP BY binding.id
