using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Registry;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>What push messages are handed to Google and Apple with. A private key is written, never read. There is no changing one: make another, name it in the service, remove the old one.</summary>
sealed class PushCredentialAdminEndpoints(IRegistry<PushCredential> credentials, AddressRules rules, TimeProvider time, RandomSource random)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/v1/push-credentials", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/admin/v1/push-credentials", AnswerMapping.Answering(List));
        routes.MapGet("/admin/v1/push-credentials/{credential}", AnswerMapping.Answering(Fetch));
        routes.MapDelete("/admin/v1/push-credentials/{credential}", AnswerMapping.Answering(DeleteAsync));
    }

    ValueTask<IResult> List(HttpContext context) =>
        new(new ListAnswer<PushCredential>("push_credentials", credentials.Of(Caller.Of(context).AccountSid), PushCredentialJson.Write));

    ValueTask<IResult> Fetch(HttpContext context) =>
        new(Find(context) is { } found ? new PushCredentialAnswer(StatusCodes.Status200OK, found) : ApiErrors.NotFound(context.Request.Path));

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var account = Caller.Of(context).AccountSid;
        var (body, error) = await AdminBody.ReadAsync(context.Request, PushCredentialForms.Names, ct);
        if (body is null)
        {
            return error!;
        }

        var now = RegistryPage.NextMoment(credentials.Of(account).Select(other => other.CreatedAt), time.GetUtcNow());
        if (PushCredentialForms.Read(body, rules, Sid.NewRandom("CR", random), account, now) is not { } made)
        {
            return body.Error!;
        }

        return await credentials.PutAsync(account, made.Name, _ => made, ct) is null
            ? ApiErrors.TooManyRequests(null, "too_many_push_credentials")
            : new PushCredentialAnswer(StatusCodes.Status201Created, made);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context) =>
        Find(context) is { } found && await credentials.DeleteAsync(found.AccountSid, found.Name, context.RequestAborted)
            ? NoContentAnswer.Instance
            : ApiErrors.NotFound(context.Request.Path);

    PushCredential? Find(HttpContext context) =>
        Sid.TryParse((string)context.Request.RouteValues["credential"]!, "CR", out var sid) ? credentials.Find(Caller.Of(context).AccountSid, sid.ToString()) : null;
}
