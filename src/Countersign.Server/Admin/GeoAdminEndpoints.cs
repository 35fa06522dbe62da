using Countersign.Core.Guard.Geo;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>Which countries an account, and a service, sends to.</summary>
sealed class GeoAdminEndpoints(IRegistry<AccountGeoPermissions> accounts, IServiceStore services, TimeProvider time)
{
    const string OfAccount = "/admin/v1/geo-permissions", OfService = "/admin/v1/services/{service}/geo-permissions";

    static readonly string[] TableNames = ["default", "countries"];
    static readonly string[] RuleNames = ["all", "sms", "call", "whatsapp"];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var path in (ReadOnlySpan<string>)[OfAccount, OfService])
        {
            endpoints.MapGet(path, AnswerMapping.Answering(FetchAsync));
            endpoints.MapPut(path, AnswerMapping.Answering(PutAsync));
            endpoints.MapPut(path + "/{country}", AnswerMapping.Answering(PutCountryAsync));
            endpoints.MapDelete(path + "/{country}", AnswerMapping.Answering(DeleteCountryAsync));
        }
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await TableAsync(context) is { } table ? new GeoTableAnswer(table) : ApiErrors.NotFound(context.Request.Path);

    /// <summary>The whole table in one call: what it does not name is gone.</summary>
    async ValueTask<IResult> PutAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await TableAsync(context) is null)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, TableNames, ct);
        if (body is null)
        {
            return error!;
        }

        var table = GeoForms.ReadTable(body);
        return body.Error is not null ? body.Error
            : await ChangeAsync(context, _ => table) is { } after ? new GeoTableAnswer(after)
            : ApiErrors.NotFound(context.Request.Path);
    }

    async ValueTask<IResult> PutCountryAsync(HttpContext context)
    {
        var country = CountryIn(context);
        if (!GeoTable.CanName(country))
        {
            return ApiErrors.InvalidParameter("country", country, "not_a_country", "Must be an ISO 3166-1 country of two letters, such as DE, or ZZ for numbers of no country.");
        }

        if (await TableAsync(context) is not { } now)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, RuleNames, context.RequestAborted);
        if (body is null)
        {
            return error!;
        }

        // Read once to see that it can be, and again for what is there when it is written.
        Read(body, now.For(country));
        return body.Error is not null ? body.Error
            : await ChangeAsync(context, before => before.With(country, Read(body, before.For(country)))) is { } after ? new GeoCountryAnswer(country, after.For(country))
            : ApiErrors.NotFound(context.Request.Path);
    }

    async ValueTask<IResult> DeleteCountryAsync(HttpContext context)
    {
        var country = CountryIn(context);
        return await TableAsync(context) is { } table && table.Countries.ContainsKey(country) && await ChangeAsync(context, before => before.Without(country)) is not null
            ? NoContentAnswer.Instance
            : ApiErrors.NotFound(context.Request.Path, explanation: "No rule names this country; the default holds for it.");
    }

    static GeoRules Read(AdminBody body, GeoRules before)
    {
        var rules = body.Has("all") && GeoForms.ReadRule(body, "all", body.Raw("all")) is { } all ? GeoRules.All(all) : before;
        foreach (var channel in RuleNames.AsSpan(1))
        {
            rules = body.Has(channel) ? GeoForms.With(body, rules, channel, GeoForms.ReadRule(body, channel, body.Raw(channel))) : rules;
        }

        return rules;
    }

    /// <summary>The table that the path names; null where it names no service of the caller's.</summary>
    async ValueTask<GeoTable?> TableAsync(HttpContext context) => !context.Request.RouteValues.ContainsKey("service")
        ? accounts.Find(Caller.Of(context).AccountSid, AccountGeoPermissions.OnlyName)?.Table ?? GeoTable.AllowAll
        : (await ServiceLookup.FindAsync(services, context, context.RequestAborted))?.Guard.Geo;

    async Task<GeoTable?> ChangeAsync(HttpContext context, Func<GeoTable, GeoTable> change)
    {
        var ct = context.RequestAborted;
        var now = time.GetUtcNow();
        if (!context.Request.RouteValues.ContainsKey("service"))
        {
            var account = Caller.Of(context).AccountSid;
            var after = await accounts.PutAsync(account, AccountGeoPermissions.OnlyName, before => new AccountGeoPermissions
            {
                AccountSid = account,
                Table = change(before?.Table ?? GeoTable.AllowAll),
                CreatedAt = before?.CreatedAt ?? now,
                UpdatedAt = now,
            }, ct);
            return after?.Table;
        }

        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return null;
        }

        var updated = await services.UpdateAsync(
            service.Sid, before => before with { Guard = before.Guard with { Geo = change(before.Guard.Geo) }, UpdatedAt = now }, ct);
        return updated?.Guard.Geo;
    }

    static string CountryIn(HttpContext context) => ((string)context.Request.RouteValues["country"]!).ToUpperInvariant();
}
