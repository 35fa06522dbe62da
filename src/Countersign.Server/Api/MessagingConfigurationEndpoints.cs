using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Which pool of senders a service uses for which country.</summary>
sealed class MessagingConfigurationEndpoints(
    IServiceStore services, IRegistry<MessagingConfiguration> configurations, IRegistry<MessagingService> pools, PublicAddress address, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/MessagingConfigurations", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/MessagingConfigurations", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}/MessagingConfigurations/{country}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}/MessagingConfigurations/{country}", AnswerMapping.Answering(UpdateAsync));
        routes.MapDelete("/v2/Services/{service}/MessagingConfigurations/{country}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        var binder = new FormBinder(form);
        var country = BindCountry(binder);
        var pool = BindPool(binder, service.AccountSid);
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var created = RegistryPage.NextMoment(Of(service).Select(configuration => configuration.CreatedAt), time.GetUtcNow());
        var made = new MessagingConfiguration
        {
            AccountSid = service.AccountSid,
            ServiceSid = service.Sid,
            Country = country,
            MessagingServiceSid = pool,
            CreatedAt = created,
            UpdatedAt = created,
        };
        var after = await configurations.PutAsync(service.AccountSid, made.Name, before => before is null ? made : null, ct);
        return after is null ? ApiErrors.TooManyRequests(null, "too_many_messaging_configurations")
            : ReferenceEquals(after, made) ? new MessagingConfigurationAnswer(StatusCodes.Status201Created, made, address.Of(context.Request))
            : ApiErrors.MessagingConfigurationExists(country);
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        if (!ListQuery.TryBind(context.Request, out var list, out var error))
        {
            return error;
        }

        var page = RegistryPage.Of(Of(service), configuration => configuration.CreatedAt, configuration => configuration.Country, list.Request);
        return new MessagingConfigurationListAnswer(page, list, service.Sid, address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service ? ApiErrors.NotFound(context.Request.Path)
        : configurations.Find(service.AccountSid, NameIn(context, service)) is { } found ? new MessagingConfigurationAnswer(StatusCodes.Status200OK, found, address.Of(context.Request))
        : NotConfigured(context);

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        var binder = new FormBinder(form);
        var pool = BindPool(binder, service.AccountSid);
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var now = time.GetUtcNow();
        var after = await configurations.PutAsync(
            service.AccountSid, NameIn(context, service), before => before is null ? null : before with { MessagingServiceSid = pool, UpdatedAt = now }, ct);
        return after is null ? NotConfigured(context) : new MessagingConfigurationAnswer(StatusCodes.Status200OK, after, address.Of(context.Request));
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        return await ServiceLookup.FindAsync(services, context, ct) is not { } service ? ApiErrors.NotFound(context.Request.Path)
            : await configurations.DeleteAsync(service.AccountSid, NameIn(context, service), ct) ? NoContentAnswer.Instance
            : NotConfigured(context);
    }

    IEnumerable<MessagingConfiguration> Of(VerifyService service) =>
        configurations.Of(service.AccountSid).Where(configuration => configuration.ServiceSid == service.Sid);

    static string BindCountry(FormBinder binder)
    {
        var text = binder.RequiredText("Country", 1, 16);
        var country = Canonical(text);
        if (country != MessagingConfiguration.Everywhere && !Countries.Contains(country))
        {
            binder.Invalid("Country", text, "not_a_country", "Must be an ISO 3166-1 country of two letters, such as DE, or all.");
        }

        return country;
    }

    Sid BindPool(FormBinder binder, Sid account)
    {
        binder.RequiredText("MessagingServiceSid", 1, 1024);
        var sid = binder.Sid("MessagingServiceSid", "MG");
        if (sid is { } pool && pools.Find(account, pool.ToString()) is null)
        {
            binder.Invalid(
                "MessagingServiceSid", pool.ToString(), "unknown_messaging_service", $"This account has no pool of senders of that name. Make it: PUT /admin/v1/messaging-services/{pool}.");
        }

        return sid ?? default;
    }

    /// <summary>In whichever case it came.</summary>
    static string Canonical(string country) =>
        country.Equals(MessagingConfiguration.Everywhere, StringComparison.OrdinalIgnoreCase) ? MessagingConfiguration.Everywhere : country.ToUpperInvariant();

    static string NameIn(HttpContext context, VerifyService service) =>
        MessagingConfiguration.NameOf(service.Sid, Canonical((string)context.Request.RouteValues["country"]!));

    static ApiError NotConfigured(HttpContext context) => ApiErrors.NotFound(
        context.Request.Path, explanation: "The service has no messaging configuration for this country. Countries are two letters, such as DE, or all.");
}

/// <summary>One messaging configuration.</summary>
sealed class MessagingConfigurationAnswer(int status, MessagingConfiguration configuration, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => MessagingConfigurationJson.Write(json, configuration, address);
}

/// <summary>A page of messaging configurations.</summary>
sealed class MessagingConfigurationListAnswer(Page<MessagingConfiguration> page, ListQuery list, Sid service, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("messaging_configurations"u8);
        foreach (var configuration in page.Items)
        {
            MessagingConfigurationJson.Write(json, configuration, address);
        }

        json.WriteEndArray();
        list.WriteMeta(json, $"{address}/v2/Services/{service}/MessagingConfigurations", "messaging_configurations", page);
        json.WriteEndObject();
    }
}

/// <summary>A messaging configuration as Twilio writes it: it has no SID of its own.</summary>
static class MessagingConfigurationJson
{
    public static void Write(Utf8JsonWriter json, MessagingConfiguration configuration, string address)
    {
        json.WriteStartObject();
        json.WriteString("account_sid"u8, configuration.AccountSid.ToString());
        json.WriteString("service_sid"u8, configuration.ServiceSid.ToString());
        json.WriteString("country"u8, configuration.Country);
        json.WriteString("messaging_service_sid"u8, configuration.MessagingServiceSid.ToString());
        json.WriteString("date_created"u8, VerificationJson.Date(configuration.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(configuration.UpdatedAt));
        json.WriteString("url"u8, $"{address}/v2/Services/{configuration.ServiceSid}/MessagingConfigurations/{configuration.Country}");
        json.WriteEndObject();
    }
}
